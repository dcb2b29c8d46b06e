import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { createDatabase, type Database, type DatabaseOptions } from './create-database.ts';
import { executor } from './database.ts';
import { statementName } from './prepared-statements.ts';

const server = await testDatabase();
const open: Database[] = [];
afterAll(async () => {
  await Promise.all(open.map((db) => db.close()));
  await server.drop();
});

async function openDatabase(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const telemetry = { sqlComment: 'none' } as const;
  const fixed = { connectionString: server.url, maxConnections: 1, telemetry };
  const db = await createDatabase({ ...fixed, ...options });
  open.push(db);
  return db;
}

async function ask(db: Database, text: string, values: readonly unknown[] = [], name = 'ask') {
  const { rows } = await db[executor].execute({ name, text, values, shape: null });
  return rows;
}

/** By the simple protocol, so that looking changes nothing. */
const prepared = (db: Database): Promise<string[]> =>
  db[executor].withSession((session) =>
    session.usePgClient(async (client) => {
      const { rows } = await client.query('SELECT name FROM pg_prepared_statements ORDER BY 1');
      return rows.map((row: { name: string }) => row.name);
    }),
  );

describe('prepared statements', () => {
  it('are made once for each text, and named for the query', async () => {
    const db = await openDatabase();
    for (let i = 0; i < 3; i++) await ask(db, 'SELECT $1::int AS x', [i], 'getChild');
    await ask(db, 'SELECT $1::int AS y', [1], 'getChild');
    expect(await prepared(db)).toEqual(
      ['SELECT $1::int AS x', 'SELECT $1::int AS y']
        .map((text) => statementName('getChild', text))
        .sort(),
    );
  });

  it('have names that the server does not cut', () => {
    const name = statementName('größe "quoted".näme\n'.repeat(9), 'SELECT 1');
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^[A-Za-z0-9_]+$/);
  });

  it('are at most as many as allowed, those used last', async () => {
    const db = await openDatabase({ preparedStatements: 3 });
    for (let i = 0; i < 10; i++) {
      await ask(db, 'SELECT 0');
      expect(await ask(db, `SELECT ${i} AS i`)).toEqual([{ i }]);
    }
    expect(await prepared(db)).toHaveLength(3);
    expect(await prepared(db)).toContain(statementName('ask', 'SELECT 0'));
  });

  it('are none where the pool is told so', async () => {
    const db = await openDatabase({ preparedStatements: 0 });
    await ask(db, 'SELECT 1');
    expect(await prepared(db)).toEqual([]);
  });

  it('survive that their first execution fails', async () => {
    const db = await openDatabase();
    for (const divisor of [0, 0, 2]) {
      const asked = ask(db, 'SELECT 4 / $1::int AS q', [divisor]);
      if (divisor === 0) await expect(asked).rejects.toMatchObject({ sqlstate: '22012' });
      else expect(await asked).toEqual([{ q: 2 }]);
    }
    await expect(ask(db, 'SELECT nonsense')).rejects.toMatchObject({ sqlstate: '42703' });
    expect(await prepared(db)).toHaveLength(1);
  });

  it('are made anew when the rows of a table change', async () => {
    const db = await openDatabase();
    await ask(db, 'CREATE TABLE t AS SELECT 1 AS a');
    expect(await ask(db, 'SELECT * FROM t')).toEqual([{ a: 1 }]);
    await ask(db, 'ALTER TABLE t ADD b int');
    expect(await ask(db, 'SELECT * FROM t')).toEqual([{ a: 1, b: null }]);
    await ask(db, 'ALTER TABLE t DROP a');
    await db[executor].withSession(async (session) => {
      const select = { name: 'ask', text: 'SELECT * FROM t', values: [], shape: null };
      await session.command('BEGIN');
      await expect(session.execute(select)).rejects.toMatchObject({ sqlstate: '0A000' });
      await session.command('ROLLBACK');
      await session.command('BEGIN');
      expect((await session.execute(select)).rows).toEqual([{ b: null }]);
      await session.command('COMMIT');
    });
  });

  it('may be taken away by somebody else', async () => {
    const db = await openDatabase();
    await ask(db, 'SELECT 1 AS x');
    await db[executor].withSession((session) => session.command('DISCARD ALL'));
    expect(await ask(db, 'SELECT 1 AS x')).toEqual([{ x: 1 }]);
    expect(await ask(db, 'SELECT 1 AS x')).toEqual([{ x: 1 }]);
  });

  it('tell commands without rows from queries without rows', async () => {
    const db = await openDatabase();
    await ask(db, 'CREATE TABLE IF NOT EXISTS e (x int)');
    for (let i = 0; i < 2; i++) {
      expect(await ask(db, 'SELECT x FROM e')).toEqual([]);
      const { rowCount } = await db[executor].execute({
        name: 'insert',
        text: 'INSERT INTO e SELECT FROM generate_series(1, 0)',
        values: [],
        shape: null,
      });
      expect(rowCount).toBe(0);
    }
    expect(await ask(db, '')).toEqual([]);
  });
});
