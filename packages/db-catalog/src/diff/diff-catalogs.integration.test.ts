import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseWith } from '../../test/databases.ts';
import { diffCases } from '../../test/diff-cases.ts';
import { parseCatalog } from '../format/parse-catalog.ts';
import { serialiseCatalog } from '../format/serialise-catalog.ts';
import type { Catalog } from '../model.ts';
import { readCatalog } from '../read/read-catalog.ts';
import type { CatalogDifference } from './catalog-difference.ts';
import { diffCatalogs, type IgnoredProperty } from './diff-catalogs.ts';
import { formatDifference } from './format-difference.ts';

const ddl = readFileSync(new URL('../../test/diff-database.sql', import.meta.url), 'utf8');
let db: Awaited<ReturnType<typeof databaseWith>>;
let before: Catalog;

beforeAll(async () => {
  db = await databaseWith(ddl);
  before = await readCatalog(db.client);
});

afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** The catalog as it would be after a statement, which is undone again. */
async function catalogAfter(statement: string): Promise<Catalog> {
  await db.client.query('begin');
  try {
    await db.client.query(statement);
    return await readCatalog(db.client, { transaction: 'caller' });
  } finally {
    await db.client.query('rollback');
  }
}

const lines = (differences: readonly CatalogDifference[]): string[] =>
  differences.map(formatDifference);

const mirrored = ({ change, object, property, before, after }: CatalogDifference): string =>
  JSON.stringify({
    change: change === 'added' ? 'removed' : change === 'removed' ? 'added' : change,
    object,
    property,
    before: after,
    after: before,
  });

test('names exactly what each statement changes, and the same both ways round', async () => {
  const catalogs = [before];
  for (const [statement, differences] of diffCases) {
    const after = await catalogAfter(statement);
    expect(lines(diffCatalogs(before, after)), statement).toEqual(differences);
    catalogs.push(after);
  }
  fc.assert(
    fc.property(fc.constantFrom(...catalogs), fc.constantFrom(...catalogs), (one, other) => {
      const text = serialiseCatalog(one);
      expect(diffCatalogs(one, parseCatalog(text))).toEqual([]);
      const there = diffCatalogs(one, other);
      expect(there.length === 0).toBe(text === serialiseCatalog(other));
      const back = diffCatalogs(other, one).map(mirrored).toSorted();
      expect(there.map((difference) => JSON.stringify(difference)).toSorted()).toEqual(back);
    }),
    { numRuns: 120 },
  );
});

test('finds no difference between databases that the same statements have made', async () => {
  await using twin = await databaseWith(ddl);
  const after = await readCatalog(twin.client);
  expect(diffCatalogs(before, after, { ignore: ['database'] })).toEqual([]);
  expect(lines(diffCatalogs({ ...before, database: 'a' }, { ...after, database: 'b' }))).toEqual([
    'changed database: database from a to b',
  ]);
});

test.each<[ignored: IgnoredProperty, statement: string]>([
  [
    'owner',
    'alter table app.notes owner to pg_monitor; alter function app.touch() owner to pg_monitor',
  ],
  ['grants', 'grant select on app.notes to public; grant select (id) on app.people to public'],
  ['comment', "comment on table app.notes is 'x'; comment on column app.notes.id is 'y'"],
  [
    'position',
    'alter table app.notes drop column id; alter table app.notes add column id integer not null',
  ],
])('does not count %s where it is ignored', async (ignored, statement) => {
  const after = await catalogAfter(statement);
  expect(diffCatalogs(before, after)).not.toEqual([]);
  expect(diffCatalogs(before, after, { ignore: [ignored] })).toEqual([]);
});

test('does not count the versions of server and extensions where they are ignored', async () => {
  const old = await catalogAfter("create extension hstore schema app version '1.4'");
  const now = {
    ...(await catalogAfter('create extension hstore schema app')),
    server: { versionNumber: 990000, version: '99.0' },
  };
  const versions = lines(diffCatalogs(old, now));
  expect(versions).toEqual([
    expect.stringMatching(/^changed database: server from 1\d\.\d+.* to 99\.0$/),
    expect.stringMatching(/^changed extension hstore: extension version from 1\.4 to 1\.\d$/),
  ]);
  expect(diffCatalogs(old, now, { ignore: ['server', 'extension version'] })).toEqual([]);
});

test('compares what only a not-null constraint of PostgreSQL 18 can say', async () => {
  if (before.server.versionNumber < 180000) {
    await expect(
      db.client.query('alter table app.notes add constraint n not null body not valid'),
    ).rejects.toMatchObject({ code: '42601' });
    return;
  }
  const notValid = await catalogAfter(
    'alter table app.notes add constraint n not null body not valid',
  );
  const noInherit = await catalogAfter(
    'alter table app.notes add constraint n not null body no inherit',
  );
  expect(lines(diffCatalogs(before, notValid))).toEqual([
    'changed column app.notes.body: not null from no to yes',
    'changed column app.notes.body: not null not valid from no to yes',
  ]);
  expect(lines(diffCatalogs(notValid, noInherit))).toEqual([
    'changed column app.notes.body: not null not valid from yes to no',
    'changed column app.notes.body: not null no inherit from no to yes',
  ]);
});

test('reports an index that is no longer valid', async () => {
  const spoilt: Catalog = {
    ...before,
    relations: before.relations.map((relation) => ({
      ...relation,
      indexes: relation.indexes.map((index) => ({ ...index, isReady: false })),
    })),
  };
  expect(lines(diffCatalogs(before, spoilt))).toEqual([
    'changed index people_age_idx on app.people: valid from yes to no',
    'changed index people_pkey on app.people: valid from yes to no',
  ]);
});
