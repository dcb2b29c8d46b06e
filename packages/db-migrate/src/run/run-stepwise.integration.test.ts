import { expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

const HEAD = '-- tothub: no-transaction\n';
const LEDGER =
  'SELECT state, statements_done AS done, error_statement AS at FROM tothub.migrations';

test('resumes at the statement that failed, with the settings the file had made', async () => {
  await using s = await scenario({
    '0001_a.up.sql': `${HEAD}CREATE SCHEMA x; SET search_path = x; CREATE TABLE a (); CREATE TABLE b (id nope);`,
  });
  await expect(s.migrator().up()).rejects.toThrow('it resumes at statement 4');
  expect(await s.rows(LEDGER)).toEqual([{ state: 'failed', done: 3, at: 4 }]);
  await s.files({
    '0001_a.up.sql': `${HEAD}-- other comment\nCREATE SCHEMA x;\nSET search_path = x; CREATE TABLE a ();\n\n CREATE TABLE b (id int); CREATE TABLE c ();`,
  });
  expect(await s.migrator().up({ dryRun: true })).toMatchObject({ plan: [{ resumedAt: 4 }] });
  await s.migrator().up();
  expect(
    await s.rows(`SELECT relname FROM pg_class WHERE relnamespace = 'x'::regnamespace ORDER BY 1`),
  ).toEqual([{ relname: 'a' }, { relname: 'b' }, { relname: 'c' }]);
  expect(await s.migrator().verify()).toEqual({ ok: true, problems: [] });
});

test('refuses a failed file whose finished statements were edited, or that became transactional', async () => {
  await using s = await scenario({
    '0001_a.up.sql': `${HEAD}CREATE TABLE a (); SELECT 1/0;`,
  });
  await expect(s.migrator().up()).rejects.toThrow('division by zero');
  for (const text of [
    `${HEAD}CREATE TABLE a (id int); SELECT 1;`,
    `${HEAD}SELECT 1; CREATE TABLE a ();`,
    'CREATE TABLE a (); SELECT 1;',
    HEAD,
  ]) {
    await s.files({ '0001_a.up.sql': text });
    await expect(s.migrator().up()).rejects.toThrow('first 1 statements have run');
  }
});

test('says which statement it repeats after a run that died before recording it', async () => {
  await using s = await scenario({
    '0001_a.up.sql': `${HEAD}CREATE TABLE a ();\nCREATE TABLE IF NOT EXISTS b ();\nCREATE TABLE c ();`,
  });
  await s.migrator().up();
  await s.client.query(
    `DROP TABLE c; UPDATE tothub.migrations SET state = 'running', statements_done = 1, statements_checksum = encode(sha256('CREATE TABLE a ()'), 'hex')`,
  );
  s.events.length = 0;
  await s.migrator().up();
  expect(s.events.filter((e) => e.type === 'statement-repeated')).toEqual([
    { type: 'statement-repeated', version: '0001', statement: 2, line: 3 },
  ]);
});

test('a drop of an index that an interrupted run had done is not an error, any other is', async () => {
  await using s = await scenario({
    '0001_a.up.sql': 'CREATE TABLE a (id int); CREATE INDEX i ON a (id);',
    '0002_b.up.sql': `${HEAD}DROP INDEX CONCURRENTLY public.i;`,
  });
  await s.migrator().up();
  await s.client.query(
    `UPDATE tothub.migrations SET state = 'running', statements_done = 0 WHERE version = '0002'`,
  );
  await s.migrator().up();
  expect(s.events.map((e) => e.type)).toContain('index-unchanged');
  await s.files({ '0003_c.up.sql': `${HEAD}DROP INDEX CONCURRENTLY nope;` });
  await expect(s.migrator().up()).rejects.toMatchObject({ sqlstate: '42704' });
  await expect(s.migrator().up()).rejects.toMatchObject({ sqlstate: '42704' });
});

test('runs what no transaction takes', async () => {
  await using s = await scenario({
    '0001_a.up.sql':
      'CREATE TABLE a (id int); CREATE INDEX i ON a (id); CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);',
    '0002_b.up.sql': `${HEAD}VACUUM a; REINDEX INDEX CONCURRENTLY i; ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY; DO $$ BEGIN FOR n IN 1..3 LOOP INSERT INTO a VALUES (n); COMMIT; END LOOP; END $$;`,
  });
  await s.migrator().up();
  expect(await s.rows('SELECT id FROM a')).toHaveLength(3);
});

test('keeps its own ledger when the file changes the role', async () => {
  await using s = await scenario({
    '0001_a.up.sql': `${HEAD}SET ROLE pg_monitor; SELECT 1; SELECT 2;`,
    '0002_b.up.sql': 'SELECT 1;',
  });
  expect((await s.migrator().up()).applied).toHaveLength(2);
});
