import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coveringIndex, foreignKeysOf, serialiseCatalog } from '@tothub/db-catalog';
import { LEGACY_CIPHER_KEY } from '@tothub/db-testkit';
import { legacyDatabase, type TestDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { catalogOf } from './support/catalog-of.ts';
import { lostValues } from './support/lost-values.ts';
import { query } from './support/query.ts';
import { type CliResult, runCli } from './support/run-cli.ts';
import { countRows, readValues, rowsOf, type Values } from './support/values.ts';
import { workplace } from './support/workplace.ts';

/** Rows of the legacy tables, wherever they are now. */
async function legacyRows(before: Values, url: string): Promise<number> {
  const after = await readValues(url);
  const now = [...before.keys()].map((table) =>
    after.has(table) ? table : table.replace(/^public\./, 'archive.'),
  );
  return now.reduce((sum, table) => sum + rowsOf(after, table).length, 0);
}

describe('improve without --secrets', () => {
  let database: TestDatabase;
  let before: Values;
  let cwd: string;
  let result: CliResult;
  beforeAll(async () => {
    database = await legacyDatabase();
    before = await readValues(database.url);
    cwd = await workplace({ keep: true });
    await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
    result = await runCli(['improve', '--url', database.url, '--keys', 'keys.json', '--json'], {
      cwd,
    });
  });
  afterAll(() => database.drop());

  test('ends well and says so in one JSON document', () => {
    expect(result.stderr).not.toContain('✗');
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'improved', ok: true });
  });

  test('keeps all 824 rows and every value', async () => {
    expect(countRows(before)).toBe(824);
    expect(await legacyRows(before, database.url)).toBe(824);
    expect(await lostValues(before, database.url)).toEqual([]);
  });

  test('leaves every foreign key valid and covered by an index', async () => {
    const { relations } = await catalogOf(database.url);
    const keys = relations.flatMap((relation) =>
      foreignKeysOf(relation).map((key) => ({
        key: `${relation.name}.${key.name}`,
        validated: key.validated,
        indexed: coveringIndex(relation, key.columns) !== undefined,
      })),
    );
    expect(keys.length).toBeGreaterThan(40);
    expect(keys.filter(({ validated, indexed }) => !validated || !indexed)).toEqual([]);
  });

  test('drops no table and leaves the cookie store and the ledger of Drizzle alone', async () => {
    const after = await readValues(database.url);
    for (const table of before.keys())
      expect(after.has(table) || after.has(table.replace(/^public\./, 'archive.'))).toBe(true);
    for (const table of ['public.user_sessions', 'drizzle.__drizzle_migrations'])
      expect(after.get(table)).toEqual(before.get(table));
  });

  test('leaves hashes alone, and old secrets beside the new columns', async () => {
    const after = await readValues(database.url);
    const hashes = (values: Values) =>
      rowsOf(values, 'public.parents').map(({ password_hash: hash }) => hash);
    expect(hashes(after)).toEqual(hashes(before));
    const rfid = await query(
      database.url,
      "SELECT credential_data ~ '^0x' AS old, credential_lookup IS NOT NULL AS lookup FROM security_credentials WHERE credential_type = 'rfid'",
    );
    expect(rfid.length).toBeGreaterThan(0);
    expect(rfid.every(({ old, lookup }) => old && lookup)).toBe(true);
  });

  test('makes the five guardian links of the arrays', async () => {
    expect(
      await query(database.url, 'SELECT parent_id, child_id FROM child_guardians'),
    ).toHaveLength(5);
  });

  test('leaves a verified backup, both documents and a report that says that nothing was lost', async () => {
    const out = join(cwd, 'tothub-improve');
    for (const name of ['db_schema.before.md', 'db_schema.md', 'report.json'])
      expect((await stat(join(out, name))).size).toBeGreaterThan(100);
    expect(await readFile(join(out, 'report.md'), 'utf8')).toContain(
      'No row and no value was lost',
    );
    const { stdout } = await runCli(['backup', 'list', '--json'], { cwd });
    expect(JSON.parse(stdout).backups).toMatchObject([{ state: 'verified' }]);
  });

  test('leads to the schema that docs/db_schema.md describes', async () => {
    const document = fileURLToPath(new URL('../../../docs/db_schema.md', import.meta.url));
    const check = await runCli(['docs', 'check', '--out', document, '--url', database.url], {
      cwd,
    });
    expect(check.stdout).toContain('matches the database');
    expect(check.code).toBe(0);
  });

  test('audits every kind of write', async () => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    onTestFinished(() => client.end());
    const logged = async (): Promise<number> =>
      Number((await client.query('SELECT count(*) AS n FROM audit.log')).rows[0].n);
    const statements = [
      "INSERT INTO settings (key, value) VALUES ('probe', 'hunter2')",
      "UPDATE settings SET value = 'hunter3' WHERE key = 'probe'",
      "DELETE FROM settings WHERE key = 'probe'",
      'TRUNCATE billing',
    ];
    for (const statement of statements) {
      const count = await logged();
      await client.query(statement);
      expect(await logged()).toBe(count + 1);
    }
    const { rows } = await client.query(
      "SELECT count(*) AS n FROM audit.log AS l WHERE l::text ~ 'hunter'",
    );
    expect(rows[0].n).toBe('0');
  });

  test('run again changes nothing and says so', async () => {
    const state = async () => ({
      catalog: serialiseCatalog(await catalogOf(database.url)),
      values: await readValues(database.url, ['public', 'archive', 'drizzle', 'audit', 'tothub']),
    });
    const first = await state();
    const again = await runCli(['improve', '--url', database.url, '--keys', 'keys.json'], { cwd });
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('Nothing to do: the database is in its sound state.');
    expect(await state()).toEqual(first);
  });

  test('run again with another folder writes the documentation there and changes nothing else', async () => {
    const flags = ['--url', database.url, '--keys', 'keys.json', '--out', 'elsewhere'];
    const again = await runCli(['improve', ...flags], { cwd });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain('Nothing to do');
    expect((await stat(join(cwd, 'elsewhere', 'db_schema.md'))).size).toBeGreaterThan(100);
  });

  test('validate passes, and fails when a key is no longer indexed', async () => {
    const validate = () =>
      runCli(
        ['validate', '--url', database.url, '--keys', 'keys.json', '--concurrent-writes', '--json'],
        { cwd },
      );
    expect((await validate()).code).toBe(0);
    await query(database.url, 'DROP INDEX public.child_guardians_child_id_idx');
    const broken = await validate();
    expect(broken.code).toBe(1);
    const failed = JSON.parse(broken.stdout).checks.filter(
      ({ status }: { status: string }) => status === 'failed',
    );
    expect(failed.map(({ name }: { name: string }) => name)).toEqual([
      'foreign keys indexed',
      'key queries',
      'documentation',
    ]);
  });
});

describe('improve --secrets --sample-data', () => {
  let database: TestDatabase;
  let before: Values;
  let cwd: string;
  let result: CliResult;
  beforeAll(async () => {
    database = await legacyDatabase();
    before = await readValues(database.url);
    cwd = await workplace({ keep: true });
    await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
    await writeFile(join(cwd, 'cipher.key'), LEGACY_CIPHER_KEY, { mode: 0o600 });
    const flags = ['--keys', 'keys.json', '--secrets', '--legacy-cipher-key', 'cipher.key'];
    result = await runCli(['improve', '--url', database.url, ...flags, '--sample-data'], { cwd });
  });
  afterAll(() => database.drop());

  test('ends well', () => {
    expect(result.stderr).not.toContain('✗');
    expect(result.code).toBe(0);
  });

  test('tells in the report what became of each secret, and what stops working', async () => {
    const report = await readFile(join(cwd, 'tothub-improve', 'report.md'), 'utf8');
    const secrets = report.split('\n').filter((line) => /^- .*(old values|a secret)/.test(line));
    expect(secrets.join('\n')).toMatchInlineSnapshot(`
      "- \`public.security_credentials.credential_data\` where credential_type is pin: 2 old values emptied, kept as ciphertext in the quarantine
      - \`public.security_credentials.credential_data\` where credential_type is rfid: 2 old values emptied, kept as ciphertext in the quarantine
      - \`public.security_credentials.credential_data\` where credential_type is biometric: 2 old values emptied, kept as ciphertext in the quarantine
      - \`public.security_devices.connection_config\`: 6 old values emptied, kept as ciphertext in the quarantine
      - \`public.staff.direct_deposit_account\`: 2 old values emptied, kept as ciphertext in the quarantine
      - \`public.staff.direct_deposit_routing\`: 2 old values emptied, kept as ciphertext in the quarantine
      - \`public.session_activity.details\`: 487 old values reduced to the names of their keys, kept as ciphertext in the quarantine
      - \`public.security_logs.details\`: a secret mentioned in 1 row, replaced by [redacted]"
    `);
    expect(report).not.toContain('[object');
    expect(report).toContain('## Reads that stop matching');
  });

  test('keeps every value, as ciphertext that opens to the old one', async () => {
    expect(await lostValues(before, database.url, join(cwd, 'keys.json'))).toEqual([]);
  });

  test('leaves no RFID number, API key or request body readable anywhere', async () => {
    const credentials = new Set<string>();
    const bodies = new Set<string>();
    for (const { credential_type: type, credential_data: data } of rowsOf(
      before,
      'public.security_credentials',
    ))
      if (type === 'rfid' && data) credentials.add(data);
    for (const { connection_config: config } of rowsOf(before, 'public.security_devices'))
      for (const [, key] of (config ?? '').matchAll(/api[_-]?key\W+([A-Za-z0-9_-]{8,})/gi))
        if (key) credentials.add(key);
    for (const { details } of rowsOf(before, 'public.session_activity'))
      for (const [, value] of (details ?? '').matchAll(
        /"(?:dateOfBirth|parentPhone|parentEmail|password)"\s*:\s*"([^"]+)"/g,
      ))
        if (value) bodies.add(value);
    expect(credentials.size).toBeGreaterThanOrEqual(8);
    expect(bodies.size).toBeGreaterThanOrEqual(40);

    const after = await readValues(database.url, ['public', 'archive', 'audit', 'tothub']);
    for (const [table, rows] of after)
      for (const row of rows.values()) {
        const text = JSON.stringify(row);
        for (const secret of credentials) expect(text.includes(secret), table).toBe(false);
        if (/session_activity|data_quarantine/.test(table))
          for (const value of bodies) expect(text.includes(value), table).toBe(false);
      }
  });

  test('reduces request bodies to the names of their keys, now and from now on', async () => {
    await query(
      database.url,
      `INSERT INTO session_activity (session_id, action, details)
       SELECT id, 'post', '{"method":"POST","body":{"firstName":"Probe"}}' FROM sessions LIMIT 1`,
    );
    const [row] = await query(
      database.url,
      "SELECT details::jsonb -> 'body' AS body FROM session_activity WHERE action = 'post' AND details LIKE '%firstName%' ORDER BY timestamp DESC LIMIT 1",
    );
    expect(row.body).toEqual(['firstName']);
  });

  test('fills the twelve empty tables with five to ten rows each', async () => {
    const after = await readValues(database.url);
    const filled = [...before]
      .filter(([table, rows]) => rows.size === 0 && (after.get(table)?.size ?? 0) > 0)
      .map(([table]) => table);
    expect(filled).toHaveLength(12);
    for (const table of filled) {
      expect(rowsOf(after, table).length).toBeGreaterThanOrEqual(5);
      expect(rowsOf(after, table).length).toBeLessThanOrEqual(10);
    }
  });
});

test('--dry-run says what would be done and changes nothing', async () => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  const before = serialiseCatalog(await catalogOf(database.url));
  const cwd = await workplace();
  const { code, stdout } = await runCli(['improve', '--dry-run', '--url', database.url], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/migrations: baseline, then apply \d+ migrations/);
  expect(serialiseCatalog(await catalogOf(database.url))).toBe(before);
});
