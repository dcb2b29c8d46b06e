import {
  type Catalog,
  coveringIndex,
  diffCatalogs,
  foreignKeysOf,
  formatDifference,
} from '@tothub/db-catalog';
import { readMigrations } from '@tothub/db-migrate';
import { expect, it } from 'vitest';
import { lostValues, readColumns, readContents } from './support/contents.ts';
import { directory, emptyDatabase, legacy, migrated, ownCatalog } from './support/database.ts';

const countRows = (contents: ReadonlyMap<string, unknown>): number =>
  new Set([...contents.keys()].map((place) => place.split(' ').slice(0, 2).join(' '))).size;

const differences = (before: Catalog, after: Catalog): string[] =>
  diffCatalogs(before, after, { ignore: ['database'] }).map(formatDifference);

it('leads from an empty database and from the legacy one to the same catalog, loses nothing, and comes back', async () => {
  await using fromEmpty = await migrated();
  const target = await ownCatalog(fromEmpty.client);
  await using database = await legacy();
  const { client, migrator } = database;
  const catalog = await ownCatalog(client);
  const columns = await readColumns(client);
  const before = await readContents(client, columns);

  await migrator.up();
  expect(differences(target, await ownCatalog(client))).toEqual([]);
  const after = await readContents(client, columns);
  expect([countRows(before), countRows(after)]).toEqual([824, 824]);
  expect(await lostValues(client, before, after)).toEqual([]);
  const { rows: links } = await client.query('SELECT source FROM public.child_guardians');
  expect(links).toEqual(Array.from({ length: 5 }, () => ({ source: 'parents.children_ids' })));

  await migrator.down({ to: '0001' });
  expect(differences(catalog, await ownCatalog(client))).toEqual([]);
  expect(await readContents(client, columns)).toEqual(before);

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
