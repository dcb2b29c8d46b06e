import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { serialiseCatalog } from '@tothub/db-catalog';
import { startPostgres } from '@tothub/db-testkit';
import { legacyDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { describe, expect, onTestFinished, test } from 'vitest';
import { catalogOf } from './support/catalog-of.ts';
import { query } from './support/query.ts';
import { type CliResult, runCli } from './support/run-cli.ts';
import { workplace } from './support/workplace.ts';

function withUser(url: string, user: string, password?: string): string {
  const changed = new URL(url);
  changed.username = user;
  if (password !== undefined) changed.password = password;
  return changed.href;
}

async function improve(url: string | undefined): Promise<CliResult> {
  const flags = url === undefined ? [] : ['--url', url];
  return runCli(['improve', ...flags], { cwd: await workplace() });
}

describe('improve refuses in one sentence with a hint, and changes nothing', () => {
  test('without a URL', async () => {
    const { code, stderr } = await improve(undefined);
    expect(code).toBe(2);
    expect(stderr).toMatchInlineSnapshot(`
      "tothub-db: No database was named.
      Pass --url postgres://user@host/database, or set DATABASE_URL.
      "
    `);
  });

  test('with something that is no URL', async () => {
    const { code, stderr } = await improve('mysql://localhost/x');
    expect(code).toBe(2);
    expect(stderr).toContain('not a postgres:// URL');
  });

  test('with a host that does not answer', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const { code, stderr } = await improve(`postgres://app:hunter2@127.0.0.1:${port}/app`);
    expect(code).toBe(3);
    expect(stderr).toContain('could not be reached: the connection was refused');
    expect(stderr).not.toContain('hunter2');
  });

  test('with a wrong password', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const [{ hba_file: hba }] = await query(server.url(), 'SHOW hba_file');
    await query(server.url(), "CREATE ROLE app LOGIN PASSWORD 'right'");
    await writeFile(hba, `host all app 127.0.0.1/32 scram-sha-256\n${await readFile(hba, 'utf8')}`);
    await query(server.url(), 'SELECT pg_reload_conf()');
    const { code, stderr } = await improve(withUser(server.url(), 'app', 'hunter2'));
    expect(code).toBe(3);
    expect(stderr).toContain('the password was refused');
    expect(stderr).not.toContain('hunter2');
  });

  test('for a database that does not exist', async () => {
    const database = await testDatabase();
    onTestFinished(() => database.drop());
    const url = new URL(database.url);
    url.pathname = '/nowhere_to_be_found';
    const { code, stderr } = await improve(url.href);
    expect(code).toBe(3);
    expect(stderr).toContain('this database does not exist there');
  });

  test('for an empty database', async () => {
    const database = await testDatabase();
    onTestFinished(() => database.drop());
    const before = serialiseCatalog(await catalogOf(database.url));
    const { code, stderr } = await improve(database.url);
    expect(code).toBe(1);
    expect(stderr).toContain('The database is empty: there is nothing to improve.');
    expect(stderr).toContain('migrate up');
    expect(serialiseCatalog(await catalogOf(database.url))).toBe(before);
  });

  test('for a database of something else, with what is missing', async () => {
    const database = await testDatabase();
    onTestFinished(() => database.drop());
    await query(database.url, 'CREATE TABLE public.children (id integer PRIMARY KEY)');
    const before = serialiseCatalog(await catalogOf(database.url));
    const { code, stderr } = await improve(database.url);
    expect(code).toBe(1);
    expect(stderr).toContain('This is not a TotHub database');
    expect(stderr).toMatch(/missing: table public\.alerts/);
    expect(serialiseCatalog(await catalogOf(database.url))).toBe(before);
  });

  test('for a role that may only read', async () => {
    const database = await legacyDatabase();
    onTestFinished(() => database.drop());
    const role = `reader_${process.pid}`;
    await query(database.url, `CREATE ROLE ${role} LOGIN IN ROLE pg_read_all_data`);
    onTestFinished(async () => void (await query(database.url, `DROP ROLE IF EXISTS ${role}`)));
    const before = serialiseCatalog(await catalogOf(database.url));
    const { code, stderr } = await improve(withUser(database.url, role));
    expect(code).toBe(1);
    expect(stderr).toContain('may not improve the database');
    expect(serialiseCatalog(await catalogOf(database.url))).toBe(before);
  });

  test('with --secrets and no key file', async () => {
    const database = await legacyDatabase();
    onTestFinished(() => database.drop());
    const { code, stderr } = await runCli(['improve', '--secrets', '--url', database.url], {
      cwd: await workplace(),
    });
    expect(code).toBe(2);
    expect(stderr).toContain('tothub-db secure init');
  });
});

test('an unknown option is a usage error, and --json keeps stdout to one document', async () => {
  const cwd = await workplace();
  const unknown = await runCli(['improve', '--no-such-thing', '--json'], { cwd });
  expect(unknown.code).toBe(2);
  expect(JSON.parse(unknown.stdout).error.message).toBe("unknown option '--no-such-thing'");
  const { code, stdout } = await runCli(['validate', '--json'], { cwd });
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: {
      code: 'TOTHUB_USAGE',
      message: 'No database was named.',
      hint: 'Pass --url postgres://user@host/database, or set DATABASE_URL.',
    },
  });
});
