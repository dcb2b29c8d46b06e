import { setTimeout as sleepMs } from 'node:timers/promises';
import { type TcpProxy, tcpProxy } from '@tothub/db-testkit';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addCounter,
  databaseWithCounter,
  getNumber,
  getSession,
  setNumber,
  sleep,
} from '../../test/counter-table.ts';
import { createDatabase } from '../database/create-database.ts';
import { executor, type WriteDatabase } from '../database/database.ts';
import {
  CancelledError,
  ConnectionLostError,
  DeadlockError,
  SerializationFailureError,
  StatementCancelledError,
  UniqueViolationError,
  UnknownOutcomeError,
} from '../errors.ts';
import type { TransactionRetry } from './transaction-options.ts';
import { withTransaction } from './with-transaction.ts';

const server = await databaseWithCounter();
const db = await createDatabase({ connectionString: server.url, maxConnections: 6 });

beforeEach(async () => {
  await setNumber(db, { id: 1, n: 0 });
});
afterAll(async () => {
  await db.close();
  await server.drop();
});

async function increment(tx: WriteDatabase): Promise<void> {
  const row = await getNumber(tx, { id: 1 });
  await setNumber(tx, { id: 1, n: (row?.n ?? 0) + 1 });
}

describe('a conflict', () => {
  it('is run again until each of 12 serializable increments on 6 connections has counted', async () => {
    const retries: TransactionRetry[] = [];
    await Promise.all(
      Array.from({ length: 12 }, () =>
        withTransaction(
          db,
          { isolation: 'serializable', onRetry: (retry) => retries.push(retry) },
          increment,
        ),
      ),
    );
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 12 });
    expect(retries.length).toBeGreaterThan(0);
    for (const { error } of retries) expect(error).toBeInstanceOf(SerializationFailureError);
  });

  it('in a nested transaction has the outermost one run again', async () => {
    await Promise.all(
      Array.from({ length: 4 }, () =>
        withTransaction(db, { isolation: 'serializable' }, (tx) =>
          withTransaction(tx, {}, increment),
        ),
      ),
    );
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 4 });
  });

  it('that the callback passes over has it run again too', async () => {
    let attempts = 0;
    await withTransaction(db, { isolation: 'repeatable read' }, async (tx) => {
      attempts++;
      await getNumber(tx, { id: 1 });
      if (attempts === 1) await setNumber(db, { id: 1, n: 100 });
      await setNumber(tx, { id: 1, n: 7 }).catch(() => {});
    });
    expect(attempts).toBe(2);
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 7 });
  });

  it('without retries reaches the caller', async () => {
    const run = withTransaction(db, { isolation: 'repeatable read', retries: 0 }, async (tx) => {
      await getNumber(tx, { id: 1 });
      await setNumber(db, { id: 1, n: 100 });
      await setNumber(tx, { id: 1, n: 7 });
    });
    await expect(run).rejects.toThrow(SerializationFailureError);
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 100 });
  });

  it('by a deadlock is run again', async () => {
    await addCounter(db, { id: 2, n: 0 });
    const errors: unknown[] = [];
    const both = [
      [1, 2],
      [2, 1],
    ].map(([first = 0, second = 0]) =>
      withTransaction(db, { onRetry: ({ error }) => errors.push(error) }, async (tx) => {
        await setNumber(tx, { id: first, n: 1 });
        await sleepMs(50);
        await setNumber(tx, { id: second, n: 1 });
      }),
    );
    await Promise.all(both);
    expect(errors[0]).toBeInstanceOf(DeadlockError);
  });
});

describe('a connection', () => {
  /** Runs `use` on a database behind a proxy that cuts the line when a piece of data holds `word`. */
  async function cutAt(
    word: string,
    direction: 'to server' | 'to client',
    use: (through: WriteDatabase) => Promise<unknown>,
  ): Promise<unknown> {
    let proxy: TcpProxy | undefined;
    let isArmed = true;
    proxy = await tcpProxy({
      target: server.url,
      onData(chunk, to) {
        if (!isArmed || to !== direction || !chunk.includes(word)) return undefined;
        isArmed = false;
        proxy?.cut();
        return false;
      },
    });
    const through = await createDatabase({ connectionString: proxy.url, maxConnections: 1 });
    try {
      return await use(through).then(
        () => 'resolved',
        (error: unknown) => error,
      );
    } finally {
      await through.close();
      await proxy.close();
    }
  }

  it('lost when the COMMIT was answered leaves the outcome unknown, and nothing is run again', async () => {
    let attempts = 0;
    const error = await cutAt('COMMIT', 'to client', (through) =>
      withTransaction(through, {}, async (tx) => {
        attempts++;
        await setNumber(tx, { id: 1, n: 5 });
      }),
    );
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ isRetryable: false });
    expect(attempts).toBe(1);
    // It had happened: whoever repeats it blindly does it twice.
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 5 });
  });

  it('lost at the COMMIT of a transaction that only read has changed nothing', async () => {
    const error = await cutAt('COMMIT', 'to client', (through) =>
      withTransaction(through, { readOnly: true }, (tx) => getNumber(tx, { id: 1 })),
    );
    expect(error).toBeInstanceOf(ConnectionLostError);
  });

  it('lost under a statement before the COMMIT has changed nothing', async () => {
    const error = await cutAt('UPDATE 1', 'to client', (through) =>
      withTransaction(through, {}, (tx) => setNumber(tx, { id: 1, n: 5 })),
    );
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ isRetryable: true });
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 0 });
  });

  it('found dead by BEGIN is replaced by another one', async () => {
    const error = await cutAt('BEGIN ISOLATION', 'to server', (through) =>
      withTransaction(through, {}, (tx) => setNumber(tx, { id: 1, n: 6 })),
    );
    expect(error).toBe('resolved');
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 6 });
  });

  it('ended by an administrator inside the callback has changed nothing, and the next call works', async () => {
    const single = await createDatabase({ connectionString: server.url, maxConnections: 1 });
    try {
      const run = withTransaction(single, {}, async (tx) => {
        await setNumber(tx, { id: 1, n: 5 });
        const { pid } = await getSession(tx, {});
        await terminate(pid);
        await setNumber(tx, { id: 1, n: 6 });
      });
      await expect(run).rejects.toMatchObject({ isRetryable: true });
      expect(await getNumber(single, { id: 1 })).toEqual({ n: 0 });
    } finally {
      await single.close();
    }
  });
});

async function terminate(pid: number): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
  await client.end();
}

describe('a constraint that waits for the COMMIT', () => {
  it('fails there, and costs no connection', async () => {
    const single = await createDatabase({ connectionString: server.url, maxConnections: 1 });
    try {
      await single[executor].withSession((session) =>
        session.command('CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)'),
      );
      const { pid } = await getSession(single, {});
      const hooks: string[] = [];
      const run = withTransaction(single, {}, async (tx) => {
        tx.afterCommit(() => hooks.push('no'));
        const insert = {
          name: 'late',
          text: 'INSERT INTO late VALUES (1)',
          values: [],
          shape: null,
        };
        await tx[executor].execute(insert);
        await tx[executor].execute(insert);
      });
      await expect(run).rejects.toThrow(UniqueViolationError);
      expect(hooks).toEqual([]);
      expect(await getSession(single, {})).toMatchObject({ pid });
    } finally {
      await single.close();
    }
  });
});

describe('a signal', () => {
  it('that was given before the begin sends nothing', async () => {
    let isCalled = false;
    const run = withTransaction(db, { signal: AbortSignal.abort() }, async () => {
      isCalled = true;
    });
    await expect(run).rejects.toThrow(CancelledError);
    expect(isCalled).toBe(false);
  });

  it('cancels the statement that runs, on the server, and rolls back', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const run = withTransaction(db, { signal: controller.signal }, async (tx) => {
      await setNumber(tx, { id: 1, n: 5 });
      await sleep(tx, { seconds: 10 });
    });
    await expect(run).rejects.toThrow(StatementCancelledError);
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 0 });
  });

  it('between two statements rolls back', async () => {
    const controller = new AbortController();
    const run = withTransaction(db, { signal: controller.signal }, async (tx) => {
      await setNumber(tx, { id: 1, n: 5 });
      controller.abort();
      await setNumber(tx, { id: 1, n: 6 });
    });
    await expect(run).rejects.toThrow(CancelledError);
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 0 });
  });

  it('after the last statement rolls back', async () => {
    const controller = new AbortController();
    const run = withTransaction(db, { signal: controller.signal }, async (tx) => {
      await setNumber(tx, { id: 1, n: 5 });
      controller.abort(new Error('too late'));
    });
    const error = await run.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).cause).toMatchObject({ message: 'too late' });
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 0 });
  });
});
