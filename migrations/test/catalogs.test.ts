import {
  type Catalog,
  coveringIndex,
  diffCatalogs,
  foreignKeysOf,
  formatDifference,
} from '@tothub/db-catalog';
import { expect, it } from 'vitest';
import { emptyDatabase, legacy, migrated, ownCatalog } from './support/database.ts';
import { migrateDown, migrateUp, migrations } from './support/migrate.ts';

const differences = (before: Catalog, after: Catalog): string[] =>
  diffCatalogs(before, after, { ignore: ['database'] }).map(formatDifference);

it('leads to the same catalog from an empty database and from the legacy one', async () => {
  await using fromEmpty = await migrated();
  await using fromLegacy = await legacy();
  await migrateUp(fromLegacy.client, { from: '0001_legacy_schema' });
  expect(
    differences(await ownCatalog(fromEmpty.client), await ownCatalog(fromLegacy.client)),
  ).toEqual([]);
});

it('comes back to the legacy catalog and to the same target again', async () => {
  await using database = await legacy();
  const { client } = database;
  const before = await ownCatalog(client);
  await migrateUp(client, { from: '0001_legacy_schema' });
  const target = await ownCatalog(client);
  await migrateDown(client, '0001_legacy_schema');
  expect(differences(before, await ownCatalog(client))).toEqual([]);
  await migrateUp(client, { from: '0001_legacy_schema' });
  expect(differences(target, await ownCatalog(client))).toEqual([]);
});

it('has a down file for each step that is its exact inverse', async () => {
  await using database = await emptyDatabase();
  const { client } = database;
  const catalogs = [await ownCatalog(client)];
  for (const name of migrations) {
    await migrateUp(client, { from: previous(name), to: name });
    catalogs.push(await ownCatalog(client));
  }
  for (const name of migrations.toReversed()) {
    await migrateDown(client, previous(name), name);
    catalogs.pop();
    // A key that was proven stays proven until the step that added it is undone.
    const left = differences(catalogs.at(-1) as Catalog, await ownCatalog(client)).filter(
      (line) =>
        !['0013_validate', '0012_checks'].includes(name) ||
        !line.endsWith(': validated from no to yes'),
    );
    expect(left, name).toEqual([]);
  }
});

function previous(name: string): string {
  return migrations[migrations.indexOf(name) - 1] ?? '';
}

it('validates every key and covers it with an index', async () => {
  await using database = await migrated();
  const { relations } = await ownCatalog(database.client);
  const constraints = relations.flatMap((relation) => relation.constraints);
  expect(constraints.filter((constraint) => !constraint.validated)).toEqual([]);
  expect(
    relations.flatMap((relation) => relation.indexes).filter((index) => !index.isValid),
  ).toEqual([]);
  const keys = relations.flatMap((relation) =>
    foreignKeysOf(relation).map((key) => ({ relation, key })),
  );
  expect(keys).toHaveLength(25 + 15 + 2 + 6);
  const uncovered = keys.filter(({ relation, key }) => !coveringIndex(relation, key.columns));
  expect(uncovered.map(({ key }) => key.name)).toEqual([]);
});

it('builds no index that repeats the beginning of another', async () => {
  await using database = await migrated();
  const { relations } = await ownCatalog(database.client);
  const redundant = relations.flatMap((relation) =>
    relation.indexes.flatMap((index) =>
      relation.indexes
        .filter(
          (longer) =>
            longer !== index &&
            !index.isUnique &&
            longer.predicate === index.predicate &&
            longer.keys.length > index.keys.length &&
            index.keys.every((key, place) => longer.keys[place]?.expression === key.expression),
        )
        .map((longer) => `${index.name} repeats ${longer.name}`),
    ),
  );
  expect(redundant).toEqual([]);
});

it('says what every table, view and function is for, and adds nothing to user_sessions', async () => {
  await using before = await legacy();
  await using after = await migrated();
  const catalog = await ownCatalog(after.client);
  const silent = [...catalog.relations, ...catalog.functions]
    .filter((object) => object.comment === null)
    .map((object) => object.name);
  expect(silent).toEqual(['user_sessions']);
  const touched = diffCatalogs(await ownCatalog(before.client), catalog).filter(
    ({ object }) => object.relation === 'user_sessions' || object.name === 'user_sessions',
  );
  expect(touched).toEqual([]);
});
