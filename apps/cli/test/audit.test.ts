import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enableAudit, installAudit } from '@tothub/db-security';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { query } from './support/query.ts';
import { type CliResult, runCli } from './support/run-cli.ts';
import { workplace } from './support/workplace.ts';

let url: string;
let cwd: string;

beforeEach(async () => {
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  url = database.url;
  cwd = await workplace();
});

function audit(...args: string[]): Promise<CliResult> {
  return runCli(['audit', ...args, '--url', url], { cwd });
}

async function done(...args: string[]): Promise<CliResult> {
  const result = await audit(...args);
  expect(result.code, result.stderr).toBe(0);
  return result;
}

/** What no two runs have in common. */
const plain = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/role "[^"]+"/g, 'role <role>')
    .replaceAll(/\(\d+\.\d s\)/g, '(<s>)')
    .replaceAll(/[0-9a-f]{64}/g, '<hash>');

async function audited(): Promise<void> {
  await query(url, 'CREATE TABLE kids (id int PRIMARY KEY, name text, pin text, note text)');
  const db = new pg.Client(url);
  await db.connect();
  await installAudit(db);
  await enableAudit(db, { schema: 'public', name: 'kids' }, { redact: ['pin'] });
  await db.end();
  await query(url, `INSERT INTO kids VALUES (1, 'Ann', 'secret', NULL), (2, 'Bo', 'secret', 'x')`);
}

const lastEntry = async (): Promise<string> =>
  `@${(await query(url, 'SELECT max(id)::text AS id FROM audit.log'))[0].id}`;

describe('audit history', () => {
  test('shows the changes of one row, and nothing that was redacted', async () => {
    await audited();
    await query(
      url,
      `DO $$ BEGIN PERFORM set_config('audit.actor', E'staff:2\u001b[31m', true);
      UPDATE kids SET name = E'An\n"na"', pin = 'other', id = 7 WHERE id = 1; END $$`,
    );
    await query(url, 'DELETE FROM kids WHERE id = 7');
    const { stdout } = await done('history', 'kids', '7');
    expect(plain(stdout)).toMatchInlineSnapshot(`
      "@5  <time>  DELETE  role <role>
          id: "7"
          pin: (redacted)
          name: "An\\n\\"na\\""
          note: NULL
      @4  <time>  UPDATE  "staff:2\\u001b[31m", role <role>  key is now "7"
          id: "1" → "7"
          pin: (redacted) → (redacted)
          name: "Ann" → "An\\n\\"na\\""
      @2  <time>  INSERT  role <role>
      "
    `);
    const { stdout: json } = await done('history', 'public.kids', '7', '--json', '--limit', '2');
    const { changes, more } = JSON.parse(json);
    expect(more).toBe(true);
    expect(changes.map((each: { id: number; newValues: unknown }) => each.newValues)).toEqual([
      null,
      { id: '7', name: 'An\n"na"', pin: { redacted: true } },
    ]);
    expect(stdout + json).not.toContain('secret');
  });

  test('refuses a table that the log does not know', async () => {
    await audited();
    const { code, stderr } = await audit('history', 'nobody', '1');
    expect(code).toBe(1);
    expect(stderr).toMatchInlineSnapshot(`
      "tothub-db: The log knows nothing of public.nobody. Enable its audit; it can be told from then on.
      "
    `);
  });
});

describe('audit as-of', () => {
  test('shows the rows of then, and says what the log cannot tell', async () => {
    await audited();
    const then = await lastEntry();
    await query(url, `UPDATE kids SET name = 'Eve', pin = 'other'; DELETE FROM kids WHERE id = 2`);
    expect(plain((await done('as-of', 'kids', then)).stdout)).toMatchInlineSnapshot(`
      ""1"  proven by its hash
          id: "1"
          name: "Ann"
          note: NULL
          pin: unknown (redacted)
      "2"  proven by its hash
          id: "2"
          name: "Bo"
          note: "x"
          pin: unknown (redacted)
      "
    `);
    const one = JSON.parse((await done('as-of', 'kids', then, '2', '--json')).stdout);
    expect(one.rows.map((row: { values: unknown }) => row.values)).toEqual([
      { id: '2', name: 'Bo', note: 'x' },
    ]);
    expect(one.limits).toEqual([]);
    await query(url, 'TRUNCATE kids');
    const { stdout, stderr } = await done('as-of', 'kids', then, '--limit', '1');
    expect(plain(stdout)).toMatchInlineSnapshot(`
      ""1"
          id: "1"
          name: "Ann"
          pin: unknown (redacted)
          note: unknown (lost)
      "
    `);
    expect(plain(stderr)).toMatchInlineSnapshot(`
      "TRUNCATE of the table at <time> removed 1 row that the log did not copy; what it does not know of them otherwise is missing.
      There are more than 1 rows; --limit shows more.
      "
    `);
  });

  test('refuses a time before the audit began', async () => {
    await audited();
    const { code, stdout } = await audit('as-of', 'kids', '2020-01-01', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe('TOTHUB_SECURITY_AUDIT_REFUSED');
  });

  test('ends with 1 where a row is doubtful', async () => {
    await audited();
    const then = await lastEntry();
    await done('disable', 'kids', '--yes');
    await query(url, `UPDATE kids SET name = 'unseen'`);
    const { code, stdout, stderr } = await audit('as-of', 'kids', then, '1');
    expect(code).toBe(1);
    expect(stdout).toContain('doubtful: the audit was off since then');
    expect(stderr).toContain('The audit has been off since');
  });
});

describe('audit restore', () => {
  test('changes nothing without --yes, and never prints a value', async () => {
    await audited();
    const to = await lastEntry();
    await query(url, `UPDATE kids SET name = 'Eve' WHERE id = 1; DELETE FROM kids WHERE id = 2`);
    const planned = await done('restore', 'kids', '1', '--to', to);
    expect(planned.stdout).toMatchInlineSnapshot(`
      "The row of public.kids would be restored: name.
      Nothing was changed; --yes does it.
      "
    `);
    expect(await query(url, 'SELECT name FROM kids')).toEqual([{ name: 'Eve' }]);
    const restored = await done(
      'restore',
      'kids',
      '1',
      '--to',
      to,
      '--yes',
      '--actor',
      'staff:2',
      '--json',
    );
    expect(JSON.parse(restored.stdout)).toMatchObject({
      action: 'update',
      columns: ['name'],
      dryRun: false,
    });
    expect(await query(url, 'SELECT name FROM kids')).toEqual([{ name: 'Ann' }]);
    expect(await query(url, 'SELECT actor FROM audit.log ORDER BY id DESC LIMIT 1')).toEqual([
      { actor: 'staff:2' },
    ]);

    const refused = await audit('restore', 'kids', '2', '--to', to, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatchInlineSnapshot(`
      "tothub-db: The row cannot be put back exactly: pin (is redacted in the log). Name these columns as exceptions to restore the others.
      "
    `);
    const inserted = await done('restore', 'kids', '2', '--to', to, '--yes', '--except', 'pin');
    expect(inserted.stdout).toMatchInlineSnapshot(`
      "The row of public.kids is inserted again: id, name, note.
      Left as they are: pin.
      "
    `);
    expect(await query(url, 'SELECT * FROM kids WHERE id = 2')).toEqual([
      { id: 2, name: 'Bo', pin: null, note: 'x' },
    ]);
    for (const { stdout, stderr } of [planned, restored, refused, inserted])
      expect(stdout + stderr).not.toMatch(/Ann|Eve|Bo|secret/);
  });
});

describe('audit seal and verify', () => {
  test('prove the log, keep an anchor, and find what was changed', async () => {
    await audited();
    expect(JSON.parse((await done('seal')).stdout)).toMatchObject({ version: 1, seal: 1 });
    await done('verify', '--write-anchor', 'kept.anchor');
    expect(JSON.parse(await readFile(join(cwd, 'kept.anchor'), 'utf8'))).toMatchObject({ seal: 1 });
    const { stdout } = await done('verify', '--anchor', 'kept.anchor');
    expect(stdout).toMatchInlineSnapshot(`
      "Nothing was changed in 3 entries.
      "
    `);
    expect((await audit('verify', '--anchor', 'none.anchor')).code).toBe(2);

    await query(
      url,
      `ALTER TABLE audit.log DISABLE TRIGGER ALL; SET session_replication_role = 'replica'`,
    );
    for (const { name } of await query(
      url,
      `SELECT relid::regclass::text AS name FROM pg_partition_tree('audit.log')`,
    ))
      await query(url, `ALTER TABLE ${name} DISABLE TRIGGER ALL`);
    await query(url, `UPDATE audit.log SET actor = 'someone else' WHERE operation = 'INSERT'`);
    const found = await audit('verify', '--json', '--write-anchor', 'kept.anchor');
    expect(found.code).toBe(1);
    expect(JSON.parse(found.stdout).problems[0].kind).toBe('entries-changed');
  });
});

test('audit enable, maintain, erase and disable say what they would do, and do it', async () => {
  await audited();
  await done('enable', 'kids', '--exclude', 'note', '--truncate', 'copy');
  expect(
    await query(
      url,
      `SELECT new_values ->> 'truncate' AS copy, new_values -> 'exclude' AS exclude FROM audit.log WHERE operation = 'ENABLE' ORDER BY id DESC LIMIT 1`,
    ),
  ).toEqual([{ copy: 'copy', exclude: ['note'] }]);
  expect((await done('maintain', '--keep-months', '3', '--dry-run')).stdout).toBe(
    'Nothing to do.\n',
  );
  await query(url, `UPDATE kids SET name = 'Eve' WHERE id = 1`);
  const reason = ['--reason', 'request 1'];
  expect((await done('erase', 'kids', '1', ...reason)).stdout).toMatchInlineSnapshot(`
    "2 entries would be emptied, of 2 about this row of public.kids.
    Nothing was changed; --yes does it.
    "
  `);
  expect((await done('history', 'kids', '1')).stdout).toContain('Ann');
  expect(
    JSON.parse((await done('erase', 'kids', '1', ...reason, '--yes', '--json')).stdout),
  ).toMatchObject({
    entries: 2,
    erased: 2,
    dryRun: false,
  });
  expect((await done('history', 'kids', '1')).stdout).not.toContain('Ann');
  expect((await audit('disable', 'kids')).code).toBe(2);
  expect((await done('disable', 'kids', '--yes')).stdout).toBe(
    'public.kids is no longer audited\n',
  );
  expect((await done('status')).stdout).toBe('No table is audited.\n');
});
