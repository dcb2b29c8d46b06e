import {
  type Catalog,
  coveringIndex,
  diffCatalogs,
  foreignKeysOf,
  formatDifference,
} from '@tothub/db-catalog';
import { readMigrations } from '@tothub/db-migrate';
import { expect, it } from 'vitest';
import { directory, emptyDatabase, legacy, migrated, ownCatalog } from './support/database.ts';

const differences = (before: Catalog, after: Catalog): string[] =>
  diffCatalogs(before, after, { ignore: ['database'] }).map(formatDifference);

it('leads to the same catalog from an empty database and from the legacy one', async () => {
  await using fromEmpty = await migrated();
  await using fromLegacy = await legacy();
  await fromLegacy.migrator.up();
  expect(
    differences(await ownCatalog(fromEmpty.client), await ownCatalog(fromLegacy.client)),
  ).toEqual([]);
});

it('comes back to the legacy catalog and to the same target again', async () => {
  await using database = await legacy();
  const { client, migrator } = database;
  const before = await ownCatalog(client);
  await migrator.up();
  const target = await ownCatalog(client);
  await migrator.down({ to: '0001' });
  expect(differences(before, await ownCatalog(client))).toEqual([]);
  await migrator.up();
  expect(differences(target, await ownCatalog(client))).toEqual([]);
});

it('has a down file for each step that is its exact inverse', async () => {
  await using database = await emptyDatabase();
  const { client, migrator } = database;
  const catalogs = [await ownCatalog(client)];
  const versions = (await readMigrations(directory)).map(({ version }) => version);
  for (const version of versions) {
    await migrator.up({ to: version });
    catalogs.push(await ownCatalog(client));
  }
  for (const version of versions.toReversed()) {
    await migrator.down();
    catalogs.pop();
    // A key that was proven stays proven until the step that added it is undone.
    const left = differences(catalogs.at(-1) as Catalog, await ownCatalog(client)).filter(
      (line) => !['0012', '0013'].includes(version) || !line.endsWith(': validated from no to yes'),
    );
    expect(left, version).toEqual([]);
  }
});

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
  const ours =
    /^(data_|principals$|child_guardians$|security_zone_devices$|user_profile_children$)/;
  const bare = catalog.relations
    .filter((relation) => ours.test(relation.name))
    .flatMap((relation) => relation.columns.filter((column) => column.comment === null));
  expect(bare).toEqual([]);
  const touched = diffCatalogs(await ownCatalog(before.client), catalog).filter(
    ({ object }) => object.relation === 'user_sessions' || object.name === 'user_sessions',
  );
  expect(touched).toEqual([]);
});
