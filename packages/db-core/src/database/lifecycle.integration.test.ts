import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { tcpProxy } from '@tothub/db-testkit';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { ConnectionFailedError, DatabaseError, UniqueViolationError } from '../errors.ts';
import { createDatabase, type Database, type DatabaseOptions } from './create-database.ts';
import { executor } from './database.ts';
import { ConfigurationError, DatabaseClosedError } from './pool-errors.ts';
import type { WaitEvent } from './pool-executor.ts';

const server = await testDatabase();
const open: Database[] = [];
afterAll(async () => {
  await Promise.all(open.map((db) => db.close()));
  await server.drop();
});

async function openDatabase(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const db = await createDatabase({ connectionString: server.url, ...options });
  open.push(db);
  return db;
}

const read = (text: string, values: readonly unknown[] = []) =>
  ({ name: 'look', text, values, shape: null, access: 'read' }) as const;
const write = (text: string) => ({ name: 'change', text, values: [], shape: null }) as const;
const pidOf = async (db: Database): Promise<number> => {
  const { rows } = await db[executor].execute(read('SELECT pg_backend_pid() AS pid'));
  return (rows[0] as { pid: number }).pid;
};
const admin = await openDatabase();
const terminate = (pid: number) =>
  admin[executor].execute(read('SELECT pg_terminate_backend($1)', [pid]));

describe('an error', () => {
  it('of a statement does not cost the connection', async () => {
    const db = await openDatabase({ maxConnections: 1 });
    await db[executor].execute(write('CREATE TABLE u (id int PRIMARY KEY)'));
    await db[executor].execute(write('INSERT INTO u VALUES (1)'));
    const pid = await pidOf(db);
    const again = db[executor].execute(write('INSERT INTO u VALUES (1)'));
    await expect(again).rejects.toThrow(UniqueViolationError);
    const session = db[executor].withSession(async () => {
      throw new RangeError('of the caller');
    });
    await expect(session).rejects.toThrow(RangeError);
    expect(await pidOf(db)).toBe(pid);
  });

  it('costs the connection where a transaction is left open, or the session says so', async () => {
    const db = await openDatabase({ maxConnections: 1 });
    const pid = await pidOf(db);
    await db[executor].withSession((session) => session.command('BEGIN'));
    const second = await pidOf(db);
    expect(second).not.toBe(pid);
    expect(await db[executor].withSession(async (session) => session.discard())).toBeUndefined();
    expect(await pidOf(db)).not.toBe(second);
    await db[executor].execute(write('BEGIN'));
    await db[executor].execute(write('CREATE TABLE left_open ()'));
    const { rows } = await admin[executor].execute(
      read("SELECT to_regclass('left_open')::text AS t"),
    );
    expect(rows).toEqual([{ t: 'left_open' }]);
  });
});

describe('a connection that is lost', () => {
  it('while idle is replaced before the next call', async () => {
    const db = await openDatabase({ maxConnections: 1 });
    const pid = await pidOf(db);
    await terminate(pid);
    await delay(50);
    expect(await pidOf(db)).not.toBe(pid);
  });

  it('under a read is replaced, and the read asked again', async () => {
    const db = await openDatabase({ maxConnections: 1 });
    const pid = await pidOf(db);
    const slow = db[executor].execute(read('SELECT pg_sleep(0.4), 7 AS x'));
    await delay(100);
    await terminate(pid);
    expect((await slow).rows).toMatchObject([{ x: 7 }]);
  });

  it('under a write is reported, and the write not repeated', async () => {
    const db = await openDatabase({ maxConnections: 1 });
    await db[executor].execute(write('CREATE TABLE once (at timestamptz DEFAULT now())'));
    const pid = await pidOf(db);
    const slow = db[executor].execute(
      write('INSERT INTO once SELECT now() FROM pg_sleep(0.4) RETURNING at'),
    );
    const failed = expect(slow).rejects.toThrow(DatabaseError);
    await delay(100);
    await terminate(pid);
    await failed;
    await delay(500);
    expect((await db[executor].execute(read('SELECT FROM once'))).rowCount).toBe(0);
  });

  it('in the middle of an answer gives no part of it', async () => {
    let sent = 0;
    const proxy = await tcpProxy({
      target: server.url,
      onData(chunk, direction) {
        if (direction === 'to client') sent += chunk.length;
        if (sent > 400_000) proxy.cut();
        return undefined;
      },
    });
    const db = await openDatabase({ connectionString: proxy.url, connectBudgetMs: 0 });
    const text =
      "INSERT INTO big SELECT g, repeat('x', 1000) FROM generate_series(1, 2000) g RETURNING *";
    await admin[executor].execute(write('CREATE TABLE big (id int, t text)'));
    await expect(db[executor].execute(write(text))).rejects.toMatchObject({
      code: 'TOTHUB_CORE_UNKNOWN_OUTCOME',
    });
    await proxy.close();
  });
});

describe('connecting', () => {
  it('waits for a server that is not there yet', async () => {
    const proxy = await tcpProxy({ target: server.url });
    const { url } = proxy;
    await proxy.close();
    const db = await openDatabase({ connectionString: url, maxConnections: 1 });
    const asked = pidOf(db);
    const signal = AbortSignal.timeout(150);
    const impatient = db[executor].execute(read('SELECT 1'), { signal });
    await expect(impatient).rejects.toMatchObject({ code: 'TOTHUB_CORE_CANCELLED' });
    const { createServer, connect } = await import('node:net');
    const late = createServer((client) => {
      const to = connect(Number(new URL(server.url).port), '127.0.0.1');
      client.on('error', () => to.destroy()).pipe(to);
      to.on('error', () => client.destroy()).pipe(client);
    });
    late.listen(Number(new URL(url).port), '127.0.0.1');
    expect(await asked).toBeGreaterThan(0);
    await db.close();
    late.close();
  });

  it('gives up when its budget is used', async () => {
    const proxy = await tcpProxy({ target: server.url });
    await proxy.close();
    const db = await openDatabase({ connectionString: proxy.url, connectBudgetMs: 300 });
    const failed = pidOf(db);
    await expect(failed).rejects.toThrow(ConnectionFailedError);
    await expect(failed).rejects.toMatchObject({ isRetryable: true });
    expect(db.state()).toMatchObject({ total: 0, connecting: 0, waiting: 0 });
  });

  it('does not repeat what cannot succeed', async () => {
    const nowhere = new URL(server.url);
    nowhere.pathname = '/nowhere';
    // Repeating would outlast the test.
    const connectBudgetMs = 3_600_000;
    const absent = await openDatabase({ connectionString: nowhere.href, connectBudgetMs });
    await expect(pidOf(absent)).rejects.toThrow(DatabaseError);
    await admin[executor].execute(write("CREATE ROLE guarded LOGIN PASSWORD 'right'"));
    const unknown = new URL(server.url);
    unknown.hostname = 'no-such-host.invalid';
    const unheard = await openDatabase({ connectionString: unknown.href, connectBudgetMs });
    await expect(pidOf(unheard)).rejects.toThrow(ConnectionFailedError);
    await admin[executor].execute(write('DROP ROLE guarded'));
  });

  it('asks for the password of each connection', async () => {
    let asked = 0;
    const db = await openDatabase({
      password: async () => {
        asked++;
        return 'p';
      },
    });
    await Promise.all([pidOf(db), pidOf(db), pidOf(db)]);
    expect(asked).toBe(db.state().total);
    const failing = await openDatabase({
      password: () => {
        throw new Error('vault is sealed');
      },
    });
    await expect(pidOf(failing)).rejects.toThrow(ConfigurationError);
  });

  it('refuses a pool without connections', async () => {
    await expect(openDatabase({ maxConnections: 0 })).rejects.toThrow(ConfigurationError);
  });
});

describe('the pool', () => {
  it('keeps a connection for whoever asks again at once, and gives it back in the same turn', async () => {
    const db = await openDatabase({ maxConnections: 3 });
    const pid = await pidOf(db);
    expect(db.state()).toMatchObject({ total: 1, idle: 1, acquired: 0 });
    for (let i = 0; i < 20; i++) expect(await pidOf(db)).toBe(pid);
    // Nothing else may run between: a loop that never rests leaves the others their turn.
    const busy = (async () => {
      for (let i = 0; i < 300; i++) await pidOf(db);
    })();
    const others = await Promise.all(Array.from({ length: 6 }, () => pidOf(db)));
    expect(new Set(others).size).toBeGreaterThan(1);
    await busy;
  });

  it('runs each piece of work in the async context of its caller', async () => {
    const db = await openDatabase({ maxConnections: 2 });
    const caller = new AsyncLocalStorage<number>();
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        caller.run(n, async () => {
          const before = await pidOf(db).then(() => caller.getStore());
          const inside = await db[executor].withSession(async () => caller.getStore());
          return [before, inside];
        }),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => [n, n]));
  });

  it('tells its state, and who had to wait', async () => {
    const waits: WaitEvent[] = [];
    const db = await openDatabase({ maxConnections: 2, onWait: (event) => waits.push(event) });
    await Promise.all([pidOf(db), pidOf(db)]);
    expect(db.mode).toBe('direct');
    waits.length = 0;
    const slow = Array.from({ length: 3 }, () => db[executor].execute(read('SELECT pg_sleep(1)')));
    await delay(50);
    expect(db.state()).toMatchInlineSnapshot(`
      {
        "acquired": 2,
        "connecting": 0,
        "idle": 0,
        "max": 2,
        "status": "open",
        "total": 2,
        "waiting": 1,
      }
    `);
    await Promise.all(slow);
    await delay(0);
    expect(db.state()).toMatchObject({ total: 2, idle: 2, acquired: 0, waiting: 0 });
    expect(waits.filter(({ waitedMs }) => waitedMs > 100)).toHaveLength(1);
    expect(waits.at(-1)?.query).toBe('look');
  });

  it('serves many more callers than connections', async () => {
    const db = await openDatabase({ maxConnections: 3 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => db[executor].execute(read('SELECT $1::int AS n', [n]))),
    );
    expect(answers.map(({ rows }) => (rows[0] as { n: number }).n)).toEqual(
      Array.from({ length: 200 }, (_, n) => n),
    );
    expect(db.state().total).toBeLessThanOrEqual(3);
  });

  it('answers a health probe, also when the server is away', async () => {
    const db = await openDatabase();
    const health = await db.ping();
    expect(health).toMatchObject({ isHealthy: true });
    expect(health.latencyMs).toBeGreaterThan(0);
    const proxy = await tcpProxy({ target: server.url });
    await proxy.close();
    const away = await openDatabase({ connectionString: proxy.url });
    expect(await away.ping({ timeoutMs: 100 })).toMatchObject({
      isHealthy: false,
      error: { code: 'TOTHUB_CORE_ACQUIRE_TIMEOUT' },
    });
    await away.close({ timeoutMs: 0 });
  });
});

describe('closing', () => {
  it('lets running and waiting calls finish, and refuses new ones', async () => {
    const db = await openDatabase({ maxConnections: 1 });
    const running = [1, 2].map((x) =>
      db[executor].execute(read(`SELECT pg_sleep(0.2), ${x} AS x`)),
    );
    await delay(20);
    const closed = db.close();
    await expect(pidOf(db)).rejects.toThrow(DatabaseClosedError);
    expect(db.state().status).toBe('closing');
    await closed;
    expect((await Promise.all(running)).map(({ rows }) => rows[0])).toMatchObject([
      { x: 1 },
      { x: 2 },
    ]);
    expect(db.state()).toMatchObject({ status: 'closed', total: 0 });
    await expect(db.close()).resolves.toBeUndefined();
  });

  it('cancels what takes longer than it waits', async () => {
    const db = await openDatabase();
    const slow = db[executor].execute(read('SELECT pg_sleep(30) AS closing'));
    const failed = expect(slow).rejects.toThrow(DatabaseError);
    const endless = Promise.withResolvers<void>();
    const session = db[executor].withSession(() => endless.promise);
    await delay(150);
    await db.close({ timeoutMs: 100 });
    await failed;
    endless.resolve();
    await session;
    const text =
      "SELECT FROM pg_stat_activity WHERE query LIKE '%AS closing' AND pid <> pg_backend_pid()";
    expect((await admin[executor].execute(read(text))).rowCount).toBe(0);
  });
});
