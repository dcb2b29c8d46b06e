import { expect, test } from 'vitest';
import { connect, type Scenario, scenario, until } from '../../test/scenario.ts';
import { IndexBuildError, MigrationFailedError } from '../errors.ts';

const SETUP = {
  '0001_t.up.sql':
    'CREATE TABLE t (id int, status varchar(20), email text); INSERT INTO t SELECT n, $$open$$, $$x$$ FROM generate_series(1, 100) n;',
};
const INDEX = '0002_i.up.sql';
const concurrently = (sql: string) => ({ [INDEX]: `-- tothub: no-transaction\n${sql}` });
const state = async (s: Scenario, name = 't_i') =>
  (
    await s.rows<{ valid: boolean; oid: number }>(
      'SELECT indisvalid AS valid, indexrelid::int AS oid FROM pg_index WHERE indexrelid = to_regclass($1)',
      [name],
    )
  )[0];
const types = (s: Scenario) => s.events.map((e) => e.type);

/** Makes the run forget that the index was built, as a crash before the record would. */
async function forget(s: Scenario): Promise<void> {
  await s.client.query(
    `UPDATE tothub.migrations SET state = 'running', statements_done = 0, statements_checksum = NULL WHERE version = '0002'`,
  );
}

test.each([
  `CREATE INDEX CONCURRENTLY t_i ON t (id)`,
  `create unique index /* x */ concurrently if not exists t_i on public.t using btree (id desc nulls last) include (email) with (fillfactor = 70)`,
  `CREATE INDEX CONCURRENTLY t_i ON t (lower(status), email text_ops) WHERE status IN ('open', 'new') AND t.id BETWEEN 1 AND 9`,
  `CREATE INDEX CONCURRENTLY t_i ON ONLY public . t (("left"(status, 2)) COLLATE "C", id ASC)`,
])('keeps an equal index when the record was lost: %s', async (sql) => {
  await using s = await scenario({ ...SETUP, ...concurrently(sql) });
  await s.migrator().up();
  const before = await state(s);
  expect(before?.valid).toBe(true);
  await forget(s);
  await s.migrator().up();
  expect(await state(s)).toEqual(before);
  expect(types(s)).toContain('index-unchanged');
  expect(types(s)).toContain('statement-repeated');
});

test('finds an index again whose names are hostile', async () => {
  const table = `we"ird. 😀\ntäble`;
  const index = `${'ü'.repeat(31)}"`;
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  await using s = await scenario({
    '0001_t.up.sql': `CREATE SCHEMA ${quote(table)}; CREATE TABLE ${quote(table)}.${quote(table)} ("ON. (" int);`,
    // 64 bytes: the server cuts the name to 63.
    ...concurrently(
      `CREATE INDEX CONCURRENTLY ${quote(index)} ON ${quote(table)}.${quote(table)} ("ON. (") WHERE "ON. (" IN (1, 2);`,
    ),
  });
  await s.migrator().up();
  await forget(s);
  await s.migrator().up();
  expect(types(s)).toContain('index-unchanged');
});

test('refuses an index of that name with another definition, naming both', async () => {
  await using s = await scenario({
    ...SETUP,
    ...concurrently('CREATE INDEX CONCURRENTLY IF NOT EXISTS t_i ON t (email)'),
  });
  await s.migrator().up({ to: '1' });
  await s.client.query('CREATE INDEX t_i ON t (id)');
  const error = await s
    .migrator()
    .up()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(IndexBuildError);
  expect((error as Error).message).toMatchInlineSnapshot(
    `"0002_i.up.sql:2: the index public.t_i is there with another definition. Found: CREATE INDEX t_i ON public.t USING btree (id). Wanted: CREATE INDEX CONCURRENTLY IF NOT EXISTS t_i ON t (email). Drop the old one or name the new one differently."`,
  );
  expect((await s.migrator().status())[1]).toMatchObject({
    state: 'failed',
    ledger: { error: { message: (error as Error).message } },
  });
  await s.client.query('DROP INDEX t_i; CREATE TABLE t_i ()');
  await expect(s.migrator().up()).rejects.toThrow('public.t_i is not an index');
});

test('replaces an INVALID leftover that IF NOT EXISTS would hide', async () => {
  await using s = await scenario({
    ...SETUP,
    ...concurrently('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_i ON t (email);'),
  });
  const error = await s
    .migrator()
    .up()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(MigrationFailedError);
  expect(error).toMatchObject({ sqlstate: '23505', place: { line: 2, column: 1, statement: 1 } });
  expect((await state(s))?.valid).toBe(false);
  expect((await s.migrator().verify()).problems.map((p) => p.message)).toMatchInlineSnapshot(`
    [
      "0002_i did not finish: could not create unique index "t_i" Run the same command again; it resumes.",
      "The index public.t_i is INVALID. Run the migration that builds it again, or drop it with DROP INDEX CONCURRENTLY.",
    ]
  `);
  await s.client.query('UPDATE t SET email = id');
  await s.migrator().up();
  expect((await state(s))?.valid).toBe(true);
  expect(types(s)).toContain('index-invalid-replaced');
  expect((await s.migrator().verify()).ok).toBe(true);
});

test('waits for another session that is building the index right now', async () => {
  await using s = await scenario({
    ...SETUP,
    ...concurrently('CREATE INDEX CONCURRENTLY t_i ON t (id);'),
  });
  await s.migrator().up({ to: '1' });
  await using writer = await connect(s.url);
  await writer.query('BEGIN; UPDATE t SET id = id WHERE id = 1');
  await using builder = await connect(s.url);
  const built = builder.query('CREATE INDEX CONCURRENTLY t_i ON t (id)');
  await until(async () => (await state(s)) !== undefined);
  const run = s.migrator().up();
  await until(() => types(s).includes('index-building-elsewhere'));
  await writer.query('COMMIT');
  await built;
  const before = await state(s);
  await run;
  expect(await state(s)).toEqual(before);
  expect(types(s)).toContain('index-unchanged');
});

test('a build waits for old transactions without time-out, and names them', async () => {
  await using s = await scenario({
    ...SETUP,
    ...concurrently('CREATE INDEX CONCURRENTLY t_i ON t (id);'),
  });
  await s.migrator().up({ to: '1' });
  await using writer = await connect(s.url);
  await writer.query(
    `SET application_name = 'nightly report'; BEGIN; UPDATE t SET id = id WHERE id = 1`,
  );
  const run = s.migrator({ lockTimeoutMs: 50 }).up();
  await until(() => types(s).includes('lock-wait'));
  await writer.query('COMMIT');
  await run;
  expect(s.events.find((e) => e.type === 'lock-wait')).toMatchObject({
    retryInMs: null,
    blockers: [{ applicationName: 'nightly report', state: 'idle in transaction' }],
  });
  expect((await state(s))?.valid).toBe(true);
});

test('compares without the right to temporary tables, as far as the texts agree', async () => {
  await using s = await scenario({
    ...SETUP,
    ...concurrently('CREATE INDEX CONCURRENTLY t_i ON public.t (id)'),
  });
  await s.migrator().up();
  await s.client.query(
    `DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$`,
  );
  await forget(s);
  await s.migrator().up();
  expect(types(s)).toContain('index-unchanged');
});

test('refuses a concurrent index without a name', async () => {
  await using s = await scenario({
    ...SETUP,
    ...concurrently('CREATE INDEX CONCURRENTLY ON t (id)'),
  });
  await expect(s.migrator().up()).rejects.toMatchObject({ code: 'TOTHUB_MIGRATE_FILE', line: 2 });
});

test('a transactional file that builds concurrently is told to say no-transaction', async () => {
  await using s = await scenario({ ...SETUP, [INDEX]: 'CREATE INDEX CONCURRENTLY t_i ON t (id)' });
  await expect(s.migrator().up()).rejects.toThrow('"-- tothub: no-transaction"');
});
