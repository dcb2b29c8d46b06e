import { describe, expect, test } from 'vitest';
import { scenario } from '../test/scenario.ts';
import { MigrationFailedError, MigrationFileError, MigrationIntegrityError } from './errors.ts';

const TABLE = {
  '0001_a.up.sql': 'CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1), (2);',
  '0001_a.down.sql': 'DROP TABLE a;',
};

const LEDGER =
  'SELECT version, state, statements_done, error_sqlstate, error_message, error_statement FROM tothub.migrations ORDER BY version';

describe('up', () => {
  test('applies in order, records, and does nothing the second time', async () => {
    await using s = await scenario({ ...TABLE, '0002_b.up.sql': 'ALTER TABLE a ADD b text;' });
    const first = await s.migrator({ actor: 'ann', toolVersion: 'test 1' }).up();
    expect(first.applied.map((m) => m.version)).toEqual(['0001', '0002']);
    const second = await s.migrator().up();
    expect(second).toEqual({ applied: [], plan: [] });
    const [row] = await s.rows<Record<string, unknown>>(
      'SELECT * FROM tothub.migrations WHERE version = $1',
      ['0002'],
    );
    expect(row).toMatchObject({
      name: 'b',
      state: 'applied',
      actor: 'ann',
      tool_version: 'test 1',
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      chain: expect.stringMatching(/^[0-9a-f]{64}$/),
      duration_ms: expect.any(Number),
      finished_at: expect.any(Date),
    });
    expect(await s.rows('SELECT * FROM tothub.migration_lease')).toEqual([]);
    expect(await s.migrator().verify()).toEqual({ ok: true, problems: [] });
  });

  test('stops at `to`, whether it is written 1 or 0001', async () => {
    await using s = await scenario({ ...TABLE, '0003_b.up.sql': 'ALTER TABLE a ADD b text;' });
    expect((await s.migrator().up({ to: '1' })).applied.map((m) => m.version)).toEqual(['0001']);
    await expect(s.migrator().up({ to: '0002' })).rejects.toThrow(/no migration "0002"/);
  });

  test('a dry run writes nothing, not even the ledger', async () => {
    await using s = await scenario(TABLE);
    const { applied, plan } = await s.migrator().up({ dryRun: true });
    expect(applied).toEqual([]);
    expect(plan).toMatchInlineSnapshot(`
      [
        {
          "destructive": [],
          "direction": "up",
          "file": "0001_a.up.sql",
          "name": "a",
          "resumedAt": null,
          "statementCount": 2,
          "transactional": true,
          "version": "0001",
        },
      ]
    `);
    expect(await s.rows(`SELECT FROM pg_namespace WHERE nspname = 'tothub'`)).toEqual([]);
    expect((await s.migrator().status()).map((m) => m.state)).toEqual(['pending']);
    expect(await s.rows(`SELECT FROM pg_namespace WHERE nspname = 'tothub'`)).toEqual([]);
  });

  test('a failed statement leaves nothing of its file, the ledger says why, the next run resumes', async () => {
    await using s = await scenario({
      ...TABLE,
      '0002_b.up.sql':
        'CREATE TABLE b ();\n\n  -- ünï 😀\n  INSERT INTO a\n    SELECT nope FROM a;',
    });
    const error = await s
      .migrator()
      .up()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MigrationFailedError);
    expect((error as Error).message).toMatchInlineSnapshot(
      `"0002_b.up.sql:5:12: column "nope" does not exist (SQLSTATE 42703). Nothing of this file was kept. Correct it and run again."`,
    );
    expect(error).toMatchObject({
      place: { file: '0002_b.up.sql', statement: 2, line: 5, column: 12 },
      sqlstate: '42703',
      isRetryable: false,
    });
    expect(await s.rows(LEDGER)).toMatchObject([
      { version: '0001', state: 'applied' },
      { version: '0002', state: 'failed', error_sqlstate: '42703', error_statement: 2 },
    ]);
    expect((await s.migrator().verify()).problems.map((p) => p.kind)).toEqual(['failed']);
    await s.files({ '0002_b.up.sql': 'CREATE TABLE b ();' });
    expect((await s.migrator().up()).applied.map((m) => m.version)).toEqual(['0002']);
    expect(await s.migrator().verify()).toEqual({ ok: true, problems: [] });
  });

  test('keeps row values out of errors, causes and the ledger', async () => {
    await using s = await scenario({
      ...TABLE,
      '0002_b.up.sql': `CREATE TABLE p (e text UNIQUE); INSERT INTO p VALUES ('secret-x'), ('secret-x');`,
    });
    const say = (e: unknown): string =>
      `${String(e)} ${(e as Error).stack} ${JSON.stringify(e)} ${String((e as Error).cause)} ${JSON.stringify((e as Error).cause)} ${((e as Error).cause as Error).stack}`;
    const unique = await s.migrator().up().catch(say);
    await s.files({ '0002_b.up.sql': `SELECT ('secret' || '-x"' || id)::int FROM a;` });
    const cast = await s.migrator().up().catch(say);
    const ledger = JSON.stringify(await s.rows('SELECT * FROM tothub.migrations'));
    expect(unique).toContain('duplicate key value violates unique constraint "p_e_key"');
    expect(cast).toContain('invalid input syntax for type integer: "…"');
    expect(`${unique} ${cast} ${ledger}`).not.toContain('secret-x');
  });

  test('names the file when a deferred constraint fails at COMMIT', async () => {
    await using s = await scenario({
      ...TABLE,
      '0002_b.up.sql':
        'CREATE TABLE b (a_id int REFERENCES a DEFERRABLE INITIALLY DEFERRED); INSERT INTO b VALUES (9);',
    });
    await expect(s.migrator().up()).rejects.toMatchObject({
      sqlstate: '23503',
      place: { file: '0002_b.up.sql', statement: null },
    });
    expect(await s.rows(LEDGER)).toMatchObject([{}, { state: 'failed', error_sqlstate: '23503' }]);
  });

  test('refuses edited, removed and inserted files, and takes line ends as equal', async () => {
    await using s = await scenario({ ...TABLE, '0003_c.up.sql': 'CREATE TABLE c ();\nSELECT 1;' });
    await s.migrator().up();
    await s.files({ '0003_c.up.sql': '\uFEFFCREATE TABLE c ();\r\nSELECT 1;\r\n\r\n' });
    expect(await s.migrator().up()).toMatchObject({ applied: [] });
    await s.files({
      '0001_a.up.sql': null,
      '0001_a.down.sql': null,
      '0002_b.up.sql': 'SELECT 1;',
      '0003_c.up.sql': 'CREATE TABLE c (id int);',
    });
    const error = await s
      .migrator()
      .up()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MigrationIntegrityError);
    expect((error as MigrationIntegrityError).problems.map((p) => [p.kind, p.version])).toEqual([
      ['missing', '0001'],
      ['edited', '0003'],
      ['out of order', '0002'],
    ]);
    expect((await s.migrator().verify()).problems).toEqual(
      (error as MigrationIntegrityError).problems,
    );
    expect((await s.migrator().status()).map((m) => m.state)).toEqual([
      'missing',
      'pending',
      'edited',
    ]);
  });

  test('notices a ledger row that was removed by hand', async () => {
    await using s = await scenario({
      '0001_a.up.sql': 'SELECT 1;',
      '0002_b.up.sql': 'SELECT 2;',
      '0003_c.up.sql': 'SELECT 3;',
    });
    await s.migrator().up();
    await s.client.query(`UPDATE tothub.migrations SET chain = md5('x') WHERE version = '0002'`);
    expect((await s.migrator().verify()).problems.map((p) => [p.kind, p.version])).toEqual([
      ['broken chain', '0002'],
      ['broken chain', '0003'],
    ]);
  });

  test('refuses transaction control and syntax errors before anything runs', async () => {
    await using s = await scenario({ ...TABLE, '0002_b.up.sql': 'SELECT 1;\nCOMMIT;' });
    await expect(s.migrator().up()).rejects.toMatchObject({ line: 2, column: 1 });
    await s.files({ '0002_b.up.sql': 'SELECT 1;\nSELEC 2;' });
    await expect(s.migrator().up()).rejects.toBeInstanceOf(MigrationFileError);
    expect(await s.rows(`SELECT FROM pg_namespace WHERE nspname = 'tothub'`)).toEqual([]);
  });

  test('settings of a migration, a role or a database do not reach the next migration', async () => {
    await using s = await scenario({
      '0001_a.up.sql': `CREATE SCHEMA x; SET search_path = x; SET TimeZone = 'Asia/Tokyo'; SET ROLE pg_monitor;`,
      '0002_b.up.sql': `CREATE TABLE t AS SELECT current_setting('TimeZone') AS zone, current_user::text AS who;`,
    });
    await s.migrator().up();
    expect(await s.rows('SELECT * FROM public.t')).toEqual([{ zone: 'UTC', who: 'postgres' }]);
  });

  test('forgets a failed attempt whose file was renumbered', async () => {
    await using s = await scenario({ ...TABLE, '0002_b.up.sql': 'SELECT 1/0;' });
    await expect(s.migrator().up()).rejects.toThrow(/division by zero/);
    await s.files({ '0002_b.up.sql': null, '0003_b.up.sql': 'SELECT 1;' });
    await s.migrator().up();
    expect(await s.rows(LEDGER)).toMatchObject([{ version: '0001' }, { version: '0003' }]);
  });

  test('works with a hostile ledger schema and leaves other ledgers alone', async () => {
    await using s = await scenario(TABLE);
    await s.client.query(
      `CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id int); INSERT INTO drizzle.__drizzle_migrations VALUES (1)`,
    );
    const ledgerSchema = `we"ird. 'schéma'\n😀`;
    await s.migrator({ ledgerSchema }).up();
    expect((await s.migrator({ ledgerSchema }).status()).map((m) => m.state)).toEqual(['applied']);
    expect(await s.rows('SELECT * FROM drizzle.__drizzle_migrations')).toEqual([{ id: 1 }]);
  });

  test('a foreign table in the place of the ledger is refused clearly', async () => {
    await using s = await scenario(TABLE);
    await s.client.query(
      'CREATE SCHEMA other; CREATE TABLE other.migrations (id int); CREATE TABLE other.migration_lease (id int)',
    );
    const other = s.migrator({ ledgerSchema: 'other' });
    await expect(other.up()).rejects.toMatchObject({ code: 'TOTHUB_MIGRATE_REFUSED' });
    await expect(other.status()).rejects.toThrow('not a ledger of this tool');
    expect(await s.rows('SELECT * FROM other.migrations')).toEqual([]);
  });

  test('applies 200 empty migrations in one run', async () => {
    await using s = await scenario(
      Object.fromEntries(
        Array.from({ length: 200 }, (_, i) => [
          `${String(i + 1).padStart(4, '0')}_nothing.up.sql`,
          '-- nothing\n',
        ]),
      ),
    );
    expect((await s.migrator().up()).applied).toHaveLength(200);
  });
});
