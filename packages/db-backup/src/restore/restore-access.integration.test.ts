import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesHere, execute } from '../../test/databases.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { readAccess } from '../access/read-access.ts';
import { withConnection } from '../connection/connect.ts';
import { createBackup } from '../create-backup.ts';
import type { ProgressEvent } from '../progress.ts';
import { describeRestore, restoreBackup } from '../restore-backup.ts';

const directory = temporaryFolder();
let source: TestDatabase;
const made: string[] = [];
const odd = `odd "r=o'l\ne`;
const quoted = `"odd ""r=o'l\ne"`;
const ROLES = ['acc_owner', 'acc_reader', 'acc_gone', 'acc_restorer', 'acc_other', quoted];

const onServer = (sql: string) => execute(testCluster().adminUrl, sql);
const accessOf = (url: string) => withConnection(url, undefined, readAccess);

beforeAll(async () => {
  source = await testDatabase();
  await onServer(ROLES.map((role) => `CREATE ROLE ${role}`).join('; '));
  await onServer(`ALTER ROLE acc_restorer LOGIN CREATEDB; GRANT acc_owner TO acc_restorer`);
  await execute(
    source.url,
    `CREATE SCHEMA "s ""x";
     CREATE TABLE "s ""x"."t
1" (id serial PRIMARY KEY, "col ""=" text);
     CREATE VIEW "s ""x".v AS SELECT 1 AS n;
     CREATE TYPE "s ""x".mood AS ENUM ('a'); CREATE DOMAIN "s ""x".d AS int;
     CREATE FUNCTION "s ""x".f(a integer, VARIADIC b text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
     CREATE PROCEDURE "s ""x".p() LANGUAGE sql AS 'SELECT 1';
     CREATE AGGREGATE "s ""x".agg(int) (sfunc = int4pl, stype = int);
     SELECT lo_create(501);
     ALTER SCHEMA "s ""x" OWNER TO acc_owner;
     ALTER TABLE "s ""x"."t
1" OWNER TO acc_owner;
     ALTER TYPE "s ""x".mood OWNER TO acc_owner; ALTER DOMAIN "s ""x".d OWNER TO ${quoted};
     ALTER FUNCTION "s ""x".f OWNER TO acc_owner; ALTER PROCEDURE "s ""x".p OWNER TO ${quoted};
     ALTER AGGREGATE "s ""x".agg(int) OWNER TO acc_owner; ALTER LARGE OBJECT 501 OWNER TO acc_owner;
     GRANT SELECT, INSERT ON "s ""x"."t
1" TO ${quoted}, PUBLIC;
     GRANT ALL ON "s ""x"."t
1" TO acc_reader WITH GRANT OPTION;
     GRANT SELECT ("col ""="), UPDATE (id) ON "s ""x"."t
1" TO acc_gone;
     REVOKE DELETE ON "s ""x"."t
1" FROM acc_owner;
     GRANT USAGE ON SCHEMA "s ""x" TO acc_reader; GRANT USAGE ON SEQUENCE "s ""x"."t
1_id_seq" TO acc_reader;
     GRANT SELECT ON "s ""x".v TO acc_gone, acc_reader; REVOKE EXECUTE ON FUNCTION "s ""x".f FROM PUBLIC;
     GRANT EXECUTE ON FUNCTION "s ""x".f TO acc_reader; REVOKE USAGE ON TYPE "s ""x".mood FROM PUBLIC;
     GRANT SELECT ON LARGE OBJECT 501 TO acc_reader;
     ALTER DEFAULT PRIVILEGES FOR ROLE acc_owner IN SCHEMA "s ""x" GRANT SELECT ON TABLES TO acc_reader;
     ALTER DEFAULT PRIVILEGES FOR ROLE acc_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
     ALTER DATABASE ${source.name} SET search_path = "s ""x", "$user", public;
     ALTER DATABASE ${source.name} SET "my.setting" = 'it''s \\ "odd"';
     ALTER ROLE acc_reader IN DATABASE ${source.name} SET work_mem = '9MB';
     REVOKE CONNECT ON DATABASE ${source.name} FROM PUBLIC; GRANT CONNECT ON DATABASE ${source.name} TO acc_reader;
     COMMENT ON DATABASE ${source.name} IS 'a comment''s'; ALTER DATABASE ${source.name} CONNECTION LIMIT 77;`,
  );
});
afterAll(async () => {
  await source.drop();
  for (const name of made)
    await onServer(`DROP DATABASE IF EXISTS "${name.replaceAll('"', '""')}" WITH (FORCE)`);
  await onServer(
    `REVOKE acc_owner FROM acc_restorer; ${ROLES.map((role) => `DROP ROLE ${role}`).join('; ')}`,
  );
});

/** Address of a database that does not exist, dropped when the test file is done. */
function newDatabase(name: string): string {
  made.push(name);
  const url = new URL(source.url);
  url.pathname = `/${encodeURI(name)}`;
  return url.href;
}

describe.each(await enginesHere())('a backup by the engine %s', (engine) => {
  let path: string;

  beforeAll(async () => {
    ({ path } = await createBackup({ connectionString: source.url, directory, engine }));
  });

  it('gives every object its owner and privileges back, and a new database what hangs on it', async () => {
    const into = newDatabase(`access "new'\n=${engine}`);
    const events: ProgressEvent[] = [];
    const { notRestored, missingRoles, report } = await restoreBackup(path, {
      into,
      onProgress: (event) => events.push(event),
    });
    const [begun] = events.filter(({ phase, table }) => phase === 'restore' && table);
    expect(begun).toMatchObject({ doneTables: 0, totalTables: 1, totalBytes: expect.any(Number) });
    expect({ notRestored, missingRoles, how: report.how }).toEqual({
      notRestored: [],
      missingRoles: [],
      how: 'new',
    });
    expect(await accessOf(into)).toEqual(await accessOf(source.url));
  });

  it('maps roles, leaves out missing ones and lists them, and changes nothing else', async () => {
    await onServer(`ALTER ROLE acc_gone RENAME TO acc_gone_away`);
    const target = await testDatabase();
    try {
      const mapRoles = { acc_reader: 'acc_other' };
      const { differences } = await describeRestore(path, { into: target.url, mapRoles });
      expect(differences.filter(({ subject }) => subject === 'role')).toEqual([
        {
          subject: 'role',
          severity: 'differs',
          detail: 'acc_gone is missing: what it owns or may do is left out and listed',
        },
      ]);
      const { notRestored, missingRoles } = await restoreBackup(path, {
        into: target.url,
        mapRoles,
      });
      expect(missingRoles).toEqual(['acc_gone']);
      expect(notRestored.map((line) => line.replace(target.name, 'x'))).toMatchInlineSnapshot(`
        [
          "table "s ""x".v: SELECT for acc_gone, who is missing",
          "column "s ""x"."t
        1"."col ""=": SELECT for acc_gone, who is missing",
          "column "s ""x"."t
        1".id: UPDATE for acc_gone, who is missing",
          "setting my.setting in the database: it was there before, and keeps its own",
          "setting search_path in the database: it was there before, and keeps its own",
          "setting work_mem of acc_reader in the database: it was there before, and keeps its own",
          "privileges on the database: it was there before, and keeps its own",
        ]
      `);
      const text = JSON.stringify((await accessOf(target.url)).objects);
      expect(text).toContain('acc_other');
      expect(text).not.toMatch(/acc_reader|acc_gone/);
    } finally {
      await target.drop();
      await onServer(`ALTER ROLE acc_gone_away RENAME TO acc_gone`);
    }
  });

  it('gives back what a role without superuser may give, and lists the rest', async () => {
    await onServer(`CREATE DATABASE acc_plain_${engine} OWNER acc_restorer`);
    const url = new URL(newDatabase(`acc_plain_${engine}`));
    url.username = 'acc_restorer';
    const { notRestored } = await restoreBackup(path, { into: url.href });
    const lines = notRestored.filter((line) => !line.includes('keeps its own'));
    expect(lines.filter((line) => !/must be|permission denied/.test(line))).toEqual([]);
    expect(lines.join('\n')).toContain('owner odd');
    const { objects } = await accessOf(url.href);
    const table = objects.find(({ kind, name }) => kind === 'table' && name.includes('t\n1'));
    const before = (await accessOf(source.url)).objects.find(
      ({ kind, name }) => kind === 'table' && name.includes('t\n1'),
    );
    expect(table).toEqual(before);
  });

  it('leaves everything to the restoring role where that is asked for', async () => {
    const target = await testDatabase();
    const { notRestored } = await restoreBackup(path, { into: target.url, access: false });
    const { objects } = await accessOf(target.url);
    await target.drop();
    expect(notRestored).toEqual([]);
    expect(objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['schema public']);
  });
});

it('quotes the odd role in what it records', async () => {
  const { objects } = await accessOf(source.url);
  expect(objects.filter(({ owner }) => owner === odd).map(({ kind }) => kind)).toEqual([
    'domain',
    'routine',
  ]);
});
