import { setTimeout as delay } from 'node:timers/promises';
import { tcpProxy } from '@tothub/db-testkit';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import {
  CancelledError,
  ConnectionLostError,
  StatementCancelledError,
  StatementTimeoutError,
} from '../errors.ts';
import { createDatabase, type Database } from './create-database.ts';
import { executor } from './database.ts';
import { AcquireTimeoutError } from './pool-errors.ts';

const server = await testDatabase();
const db = await createDatabase({ connectionString: server.url, maxConnections: 1 });
const observer = await createDatabase({ connectionString: server.url, maxConnections: 1 });
afterAll(async () => {
  await Promise.all([db.close(), observer.close()]);
  await server.drop();
});

const statement = (text: string, values: readonly unknown[] = []) =>
  ({ name: 'wait', text, values, shape: null, access: 'read' }) as const;
const sleep = (seconds: number) => statement('SELECT pg_sleep($1)', [seconds]);
const pidOf = async (from: Database): Promise<unknown> => {
  const { rows } = await from[executor].execute(statement('SELECT pg_backend_pid() AS pid'));
  return (rows[0] as { pid: number }).pid;
};
const running = async (): Promise<number> => {
  const text = `SELECT count(*)::int AS n FROM pg_stat_activity
    WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`;
  const { rows } = await observer[executor].execute(statement(text));
  return (rows[0] as { n: number }).n;
};

describe('a signal', () => {
  it('cancels on the server, and keeps the connection', async () => {
    const pid = await pidOf(db);
    const signal = AbortSignal.timeout(100);
    const failed = db[executor].execute(sleep(30), { signal });
    await expect(failed).rejects.toThrow(StatementCancelledError);
    await expect(failed).rejects.toMatchObject({ by: 'signal', isRetryable: false });
    expect(await running()).toBe(0);
    expect(await pidOf(db)).toBe(pid);
  });

  it('that is aborted already sends nothing', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    const failed = db[executor].execute(sleep(30), { signal });
    await expect(failed).rejects.toThrow(CancelledError);
    await expect(failed).rejects.toMatchObject({ cause: signal.reason });
  });

  it('ends the wait for a connection, and leaves nothing behind', async () => {
    const busy = db[executor].execute(sleep(0.5));
    const waiting = db[executor].execute(sleep(30), { signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toThrow(CancelledError);
    const session = db[executor].withSession(() => delay(0), { timeoutMs: 20 });
    await expect(session).rejects.toThrow(AcquireTimeoutError);
    await busy;
    await pidOf(db);
    expect(db.state()).toMatchObject({ waiting: 0, max: 1 });
    expect(await running()).toBe(0);
  });

  it('cancels a statement of a session, whose transaction then has failed', async () => {
    await db[executor].withSession(async (session) => {
      await session.command('BEGIN');
      const failed = session.execute(sleep(30), { signal: AbortSignal.timeout(50) });
      await expect(failed).rejects.toThrow(StatementCancelledError);
      expect(session.transactionStatus).toBe('failed');
      await session.command('ROLLBACK');
    });
  });

  it('of a statement that waits for its turn on a session leaves the one before alone', async () => {
    await db[executor].withSession(async (session) => {
      const first = session.execute(statement('SELECT pg_sleep(1), 1 AS x'));
      const second = session.execute(sleep(30), { signal: AbortSignal.timeout(50) });
      const third = session.execute(statement('SELECT 3 AS x'));
      await expect(second).rejects.toThrow(CancelledError);
      expect((await first).rows).toMatchObject([{ x: 1 }]);
      expect((await third).rows).toEqual([{ x: 3 }]);
    });
  });

  it('cancels what is done on the client of pg', async () => {
    await db[executor].withSession(async (session) => {
      const work = session.usePgClient((client) => client.query('SELECT pg_sleep(30)'), {
        signal: AbortSignal.timeout(50),
      });
      await expect(work).rejects.toMatchObject({ code: '57014' });
    });
  });

  it('never hits a later statement, however closely they follow', async () => {
    await pidOf(db);
    let cancelled = 0;
    let finished = 0;
    for (let i = 0; i < 80 || cancelled <= 5 || finished <= 5; i++) {
      const controller = new AbortController();
      const first = db[executor]
        .execute(sleep(0.008), { signal: controller.signal })
        .then(() => finished++)
        .catch((error) => {
          // A slow machine may not even have sent it.
          if (error instanceof CancelledError) return;
          expect(error).toBeInstanceOf(StatementCancelledError);
          cancelled++;
        });
      const abortAt = 1 + (i % 30) / 3;
      const at = performance.now() + abortAt;
      while (performance.now() < at) await delay(0);
      controller.abort();
      // Longer than the first one, so that a stray cancellation would find it.
      const second = db[executor].execute(sleep(0.012));
      await Promise.all([first, second]);
    }
  });
});

describe('a timeout', () => {
  it('of the call cancels on the server', async () => {
    const failed = db[executor].execute(sleep(30), { timeoutMs: 60 });
    await expect(failed).rejects.toThrow(StatementTimeoutError);
    expect(await running()).toBe(0);
  });

  it('of the database is kept by the server', async () => {
    const brief = await createDatabase({ connectionString: server.url, statementTimeoutMs: 100 });
    await expect(brief[executor].execute(sleep(30))).rejects.toThrow(StatementTimeoutError);
    await brief.close();
  });

  it('gives the connection up when the server no longer answers', async () => {
    let isBlackHole = false;
    const proxy = await tcpProxy({
      target: server.url,
      onData: () => (isBlackHole ? false : undefined),
    });
    const far = await createDatabase({ connectionString: proxy.url, connectTimeoutMs: 500 });
    await pidOf(far);
    isBlackHole = true;
    const lost = far[executor].execute({ ...sleep(1) }, { timeoutMs: 100 });
    await expect(lost).rejects.toThrow(ConnectionLostError);
    isBlackHole = false;
    await pidOf(far);
    await far.close();
    await proxy.close();
  });
});

it('somebody else’s pg_cancel_backend is told apart', async () => {
  const pid = await pidOf(db);
  const failed = db[executor].execute(sleep(30));
  const told = expect(failed).rejects.toMatchObject({ by: 'unknown' });
  await delay(100);
  await observer[executor].execute(statement('SELECT pg_cancel_backend($1)', [pid]));
  await told;
});
