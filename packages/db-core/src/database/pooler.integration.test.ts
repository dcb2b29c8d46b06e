import { type Pgbouncer, pgbouncerBinary, startPgbouncer } from '@tothub/db-testkit';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatementCancelledError, StatementTimeoutError } from '../errors.ts';
import { createDatabase, type Database, type DatabaseOptions } from './create-database.ts';
import { executor } from './database.ts';
import { sharePool } from './share-pool.ts';

const server = await testDatabase();
const statement = (text: string, values: readonly unknown[] = []) =>
  ({ name: 'ask', text, values, shape: null, access: 'read' }) as const;

describe.runIf(pgbouncerBinary() !== undefined)('behind PgBouncer by transactions', () => {
  let pooler: Pgbouncer;
  let tolerant: Pgbouncer;
  const open: Database[] = [];

  beforeAll(async () => {
    const settings = { default_pool_size: 2 };
    pooler = await startPgbouncer({ url: server.url, settings });
    tolerant = await startPgbouncer({
      url: server.url,
      settings: { ...settings, ignore_startup_parameters: 'options' },
    });
  });
  afterAll(async () => {
    await Promise.all(open.map((db) => db.close()));
    await Promise.all([pooler?.stop(), tolerant?.stop()]);
    await server.drop();
  });

  async function openDatabase(options: Partial<DatabaseOptions> = {}): Promise<Database> {
    const db = await createDatabase({
      connectionString: pooler.url,
      maxConnections: 6,
      ...options,
    });
    open.push(db);
    return db;
  }

  const ask = async (db: Database, n: number) =>
    (await db[executor].execute(statement('SELECT $1::int AS n', [n]))).rows;

  it.each(['refuses startup options', 'ignores them'])('finds a pooler that %s', async (kind) => {
    const { url } = kind === 'ignores them' ? tolerant : pooler;
    const db = await openDatabase({ connectionString: url });
    expect(db.mode).toBeNull();
    expect(await ask(db, 1)).toEqual([{ n: 1 }]);
    expect(db.mode).toBe('pooler');
  });

  it('answers many callers with statements of one text', async () => {
    const db = await openDatabase({ mode: 'pooler' });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => ask(db, n)));
    expect(answers.flat()).toEqual(Array.from({ length: 60 }, (_, n) => ({ n })));
  });

  it('survives being taken for a server', async () => {
    const db = await openDatabase({ connectionString: tolerant.url, mode: 'direct' });
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => ask(db, n)));
      expect(answers.flat()).toEqual(Array.from({ length: 30 }, (_, n) => ({ n })));
    }
  });

  it('keeps the statement timeout itself', async () => {
    const db = await openDatabase({ statementTimeoutMs: 120 });
    await ask(db, 1);
    const slow = db[executor].execute(statement('SELECT pg_sleep(30)'));
    await expect(slow).rejects.toThrow(StatementTimeoutError);
    expect(await ask(db, 2)).toEqual([{ n: 2 }]);
  });

  it('cancels through the pooler', async () => {
    const db = await openDatabase();
    await ask(db, 1);
    const signal = AbortSignal.timeout(80);
    const slow = db[executor].execute(statement('SELECT pg_sleep(30)'), { signal });
    await expect(slow).rejects.toThrow(StatementCancelledError);
    expect(await ask(db, 2)).toEqual([{ n: 2 }]);
  });

  it('lends connections without a reset, which would be lost on another session', async () => {
    const db = await openDatabase();
    await ask(db, 1);
    const client = await sharePool(db).connect();
    await client.query('BEGIN');
    await client.query("SELECT set_config('app.tenant', 'a', true)");
    await client.query('COMMIT');
    client.release();
    expect(await ask(db, 2)).toEqual([{ n: 2 }]);
  });
});
