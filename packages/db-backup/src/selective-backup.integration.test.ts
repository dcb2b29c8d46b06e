import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesHere, execute, nastyDatabase } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackupGate } from './backup-gate.ts';
import { createBackup } from './create-backup.ts';
import { SelectionError, TargetLacksError, TargetNotEmptyError } from './errors.ts';
import { restoreBackup } from './restore-backup.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
const engines = await enginesHere();
let source: TestDatabase;
let nasty: TestDatabase;

beforeAll(async () => {
  [source, nasty] = await Promise.all([testDatabase(), nastyDatabase()]);
  await execute(
    source.url,
    `CREATE SCHEMA log;
     CREATE TABLE parent (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
     INSERT INTO parent (name) VALUES ('a'), ('b');
     CREATE TABLE child (id integer PRIMARY KEY, parent integer CONSTRAINT "the key
of child" REFERENCES parent, mother integer REFERENCES child);
     COMMENT ON CONSTRAINT "the key
of child" ON child IS 'from child to parent';
     INSERT INTO child VALUES (1, 1, 2), (2, 2, 1);
     CREATE VIEW names AS SELECT name FROM parent;
     CREATE VIEW again AS SELECT name FROM names;
     CREATE TABLE log.entry (at date, what text) PARTITION BY RANGE (at);
     CREATE TABLE log.entry_1 PARTITION OF log.entry FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
     CREATE TABLE log.entry_2 PARTITION OF log.entry FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
     INSERT INTO log.entry VALUES ('2026-01-05', 'x'), ('2026-02-05', 'y');
     CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := 'touched'; RETURN NEW; END $$;
     CREATE TRIGGER touch BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION touch();
     UPDATE parent SET name = 'as it is';
     SELECT lo_from_bytea(4711, 'bytes');`,
  );
});
afterAll(() => Promise.all([source.drop(), nasty.drop()]));

type Selected = Omit<Parameters<typeof createBackup>[0], 'connectionString' | 'directory'>;

/** Takes and verifies a backup; gives what it holds and what the gate says of each table. */
async function taken(place: string, options: Selected) {
  const common = { connectionString: source.url, directory: join(directory, place) };
  const { path, manifest } = await createBackup({ ...common, ...options });
  const { checks } = await verifyBackup(path, common);
  const gate = createBackupGate(common);
  const covered: string[] = [];
  for (const table of ['parent', 'child', 'log.entry', 'log.entry_1', 'log.entry_2']) {
    if ((await gate.check([table])).ok) covered.push(table);
  }
  return {
    path,
    rows: manifest.tables.map(({ schema, name, rows }) => `${schema}.${name}: ${rows}`),
    missing: manifest.missing,
    problems: checks.filter((check) => check.status !== 'passed'),
    compared: checks.map((check) => check.name),
    covered,
    everything: (await gate.check([])).ok,
  };
}

describe.each(engines)('by the engine %s', (engine) => {
  it('leaves out the rows of a table, and the foreign keys that would hang in the air', async () => {
    const { path: _, ...found } = await taken(`rows ${engine}`, {
      engine,
      excludeRows: ['parent', 'log.entry_1'],
      largeObjects: false,
    });
    expect(found).toEqual({
      rows: ['log.entry_2: 1', 'public.child: 2'],
      missing: [
        'large objects',
        'rows of log.entry_1 (excluded by log.entry_1)',
        'rows of public.parent (excluded by parent)',
        'foreign key the key\nof child of public.child (not every row that it refers to is there)',
      ],
      problems: [],
      compared: ['sealed', 'restored', 'catalog', 'counts', 'contents', 'sequences'],
      covered: ['child', 'log.entry_2'],
      everything: false,
    });
  });

  it('takes rows alone, for a database that has the tables', async () => {
    const { path, ...found } = await taken(`data ${engine}`, { engine, dataOnly: true });
    expect(found).toMatchObject({
      missing: ['definitions: only rows were wanted'],
      problems: [],
      compared: ['sealed', 'restored', 'counts', 'contents', 'sequences', 'large objects'],
      covered: [],
    });
    const target = await testDatabase();
    const restore = () => restoreBackup(path, { into: target.url });
    await expect(restore()).rejects.toThrow(TargetLacksError);
    const schema = await taken(`schema for data ${engine}`, { engine, schemaOnly: true });
    await restoreBackup(schema.path, { into: target.url });
    await restore();
    expect(await execute(target.url, 'SELECT DISTINCT name FROM parent')).toEqual([
      { name: 'as it is' },
    ]);
    await expect(restore()).rejects.toThrow(TargetNotEmptyError);
    await execute(target.url, 'TRUNCATE parent, child, log.entry; SELECT lo_unlink(4711)');
    const orphans = await taken(`orphans ${engine}`, { engine, dataOnly: true, tables: ['child'] });
    expect(orphans.rows).toEqual(['public.child: 2']);
    await expect(restoreBackup(orphans.path, { into: target.url })).rejects.toThrow(
      'some refer to rows that are not there: the key\nof child of public.child',
    );
    await target.drop();
  });

  it('carries the hardest schema without some of it', async () => {
    const options = {
      connectionString: nasty.url,
      directory: join(directory, `nasty ${engine}`),
      engine,
      excludeTables: ['"Odd ""schema"".v1".*', 'app.refers', 'a."b.c"', 'app.events_rest'],
      excludeRows: ['app.moods', 'app.kinds'],
    };
    const { path } = await createBackup(options);
    const { checks } = await verifyBackup(path, options);
    expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
  });
});

describe('by either engine', () => {
  const [engine = 'wasm'] = engines;

  it('leaves out a table with what depends on it', async () => {
    const { path: _, ...found } = await taken(`tables ${engine}`, {
      engine,
      excludeTables: ['parent'],
      excludeSchemas: ['lo?'],
    });
    expect(found).toMatchObject({
      rows: ['public.child: 2'],
      missing: [
        'log.entry (excluded by lo?)',
        'log.entry_1 (excluded by lo?)',
        'log.entry_2 (excluded by lo?)',
        'public.again (depends on public.names)',
        'public.names (depends on public.parent)',
        'public.parent (excluded by parent)',
        'public.parent_id_seq (depends on public.parent)',
        'foreign key the key\nof child of public.child (not every row that it refers to is there)',
      ],
      problems: [],
      covered: ['child'],
    });
  });

  it('takes the rows of some tables only, and all definitions', async () => {
    const { path: _, ...found } = await taken(`some ${engine}`, { engine, tables: ['log.*'] });
    expect(found).toMatchObject({
      rows: ['log.entry_1: 1', 'log.entry_2: 1'],
      problems: [],
      covered: ['log.entry', 'log.entry_1', 'log.entry_2'],
    });
    expect(found.missing).toContain('rows of public.child (not among those named)');
    expect(found.missing).toContain('large objects');
  });

  it('takes definitions alone, with which nothing may be destroyed', async () => {
    const { path, ...found } = await taken(`schema ${engine}`, { engine, schemaOnly: true });
    expect(found).toEqual({
      rows: [],
      missing: ['rows and values of sequences: only definitions were wanted'],
      problems: [],
      compared: ['sealed', 'restored', 'catalog'],
      covered: [],
      everything: false,
    });
    const target = await testDatabase();
    await restoreBackup(path, { into: target.url });
    expect(
      await execute(
        target.url,
        'SELECT (SELECT count(*)::int FROM parent) AS rows, (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects',
      ),
    ).toEqual([{ rows: 0, objects: 0 }]);
    await target.drop();
  });

  it('leaves out what the role may not read, if it is told to, and says why', async () => {
    const role = `partly_${engine}`;
    await execute(
      source.url,
      `CREATE ROLE ${role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
       GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role};
       REVOKE SELECT ON parent FROM ${role};`,
    );
    const url = new URL(source.url);
    url.username = role;
    const options = { connectionString: url.href, directory: join(directory, role), engine };
    const refused: unknown = await createBackup(options).catch((error: unknown) => error);
    const { path, manifest } = await createBackup({ ...options, skipUnreadable: true });
    const { checks } = await verifyBackup(path, { connectionString: source.url });
    await execute(source.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    expect((refused as Error).message).toContain(
      'large object 4711 (no SELECT), log.entry (no SELECT), log.entry_1 (no SELECT), log.entry_2 (no SELECT), public.parent (no SELECT), schema log (no USAGE)',
    );
    expect(manifest.missing).toEqual([
      'large objects',
      'log.entry (unreadable: no SELECT)',
      'log.entry_1 (unreadable: no SELECT)',
      'log.entry_2 (unreadable: no SELECT)',
      'public.again (depends on public.names)',
      'public.names (depends on public.parent)',
      'public.parent (unreadable: no SELECT)',
      'public.parent_id_seq (depends on public.parent)',
      'foreign key the key\nof child of public.child (not every row that it refers to is there)',
    ]);
    expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
  });
});

it('refuses what means nothing, contradicts itself, or would break what stays', async () => {
  const refusal = async (options: Selected): Promise<string> => {
    const error: unknown = await createBackup({
      connectionString: nasty.url,
      directory,
      ...options,
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SelectionError);
    return (error as Error).message;
  };
  expect(await refusal({ excludeTables: ['nowhere'] })).toMatchInlineSnapshot(
    `""nowhere" means no table of this database. Mend the name; a schema other than public must be named."`,
  );
  expect(await refusal({ tables: ['app.moods_0'] })).toMatchInlineSnapshot(
    `""app.moods_0" means no table of this database. Mend the name; a schema other than public must be named."`,
  );
  expect(await refusal({ excludeRows: ['app.'] })).toMatchInlineSnapshot(
    `""app." is not a name of the form schema.table. Quote what needs quotes, as in SQL: '"Odd name".table'."`,
  );
  expect(await refusal({ schemaOnly: true, tables: ['app.kinds'] })).toMatchInlineSnapshot(
    `"A backup with definitions only (schemaOnly) has no rows to choose from. Leave out either."`,
  );
  expect(await refusal({ excludeTables: ['app.lonely'] })).toMatchInlineSnapshot(
    `"app.lonely cannot be left out, because this would stay and need it: default value for column id of table app."\\restrict". Leave out only the rows (excludeRows), or let the role read it."`,
  );
});
