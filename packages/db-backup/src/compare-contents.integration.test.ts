import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { execute, nastyDatabase } from '../test/databases.ts';
import { type CompareContentsOptions, compareContents } from './compare-contents.ts';

let before: TestDatabase;
let after: TestDatabase;

beforeAll(async () => {
  [before, after] = await Promise.all([testDatabase(), testDatabase()]);
  const tables = `
    CREATE TABLE kept (id integer PRIMARY KEY, "Name" text, born date, note text);
    INSERT INTO kept SELECT i, 'n' || i, '2020-01-01', NULL FROM generate_series(1, 1200) AS i;
    CREATE TABLE pairs (a text, b bigint, v numeric, PRIMARY KEY (a, b));
    INSERT INTO pairs VALUES ('😀', 1, 1.0), ('｡', 2, 2), ('B', 10, 3), ('a', 9, 4), ('a', 10, 5);
    CREATE TABLE loose (v text, n integer);
    INSERT INTO loose VALUES ('x', 1), ('x', 1), (NULL, 2), ('only', 3);
    CREATE TABLE moved (id integer PRIMARY KEY); INSERT INTO moved VALUES (1);
    CREATE TABLE gone (id integer PRIMARY KEY); INSERT INTO gone VALUES (7);`;
  await execute(before.url, tables);
  await execute(after.url, tables);
});
afterAll(async () => {
  await before.drop();
  await after.drop();
});

async function differences(options: Partial<CompareContentsOptions> = {}) {
  const found = [];
  for await (const one of compareContents({ before: before.url, after: after.url, ...options }))
    found.push(one);
  return found;
}

it('finds nothing where only rows, columns and tables were added', async () => {
  await execute(
    after.url,
    `ALTER TABLE kept ADD COLUMN extra text DEFAULT 'new'; INSERT INTO kept (id) VALUES (0), (5000);
     INSERT INTO pairs VALUES ('ab', 1, 1); INSERT INTO loose VALUES ('x', 1), ('new', 0);
     CREATE TABLE added (id integer);`,
  );
  expect(await differences()).toEqual([]);
});

it('names every lost row and every changed value by its key', async () => {
  await execute(
    after.url,
    `DELETE FROM kept WHERE id IN (9, 1000); UPDATE kept SET "Name" = NULL, note = 'x' WHERE id = 77;
     ALTER TABLE kept DROP COLUMN born; UPDATE pairs SET v = 1.00 WHERE a = '😀'; DELETE FROM pairs WHERE a = '｡';
     DELETE FROM loose WHERE v = 'only' OR v = 'x'; INSERT INTO loose VALUES ('x', 1);
     CREATE SCHEMA archive; ALTER TABLE moved SET SCHEMA archive; DROP TABLE gone;`,
  );
  const found = await differences({
    locate: ({ schema, name }) =>
      name === 'moved' ? { schema: 'archive', name } : { schema, name },
  });
  const born = found.filter((one) => one.column === 'born');
  expect(born).toHaveLength(1198);
  expect(born[0]).toMatchObject({ before: '2020-01-01', after: null });
  expect(
    found.filter((one) => one.column !== 'born').map(({ schema, ...one }) => one),
  ).toMatchInlineSnapshot(`
    [
      {
        "key": {
          "id": "7",
        },
        "kind": "missing row",
        "table": "gone",
      },
      {
        "key": {
          "id": "1000",
        },
        "kind": "missing row",
        "table": "kept",
      },
      {
        "after": null,
        "before": "n77",
        "column": "Name",
        "key": {
          "id": "77",
        },
        "kind": "changed value",
        "table": "kept",
      },
      {
        "after": "x",
        "before": null,
        "column": "note",
        "key": {
          "id": "77",
        },
        "kind": "changed value",
        "table": "kept",
      },
      {
        "key": {
          "id": "9",
        },
        "kind": "missing row",
        "table": "kept",
      },
      {
        "key": {
          "n": "3",
          "v": "only",
        },
        "kind": "missing row",
        "table": "loose",
      },
      {
        "key": {
          "n": "1",
          "v": "x",
        },
        "kind": "missing row",
        "table": "loose",
      },
      {
        "key": {
          "a": "｡",
          "b": "2",
        },
        "kind": "missing row",
        "table": "pairs",
      },
      {
        "after": "1.00",
        "before": "1.0",
        "column": "v",
        "key": {
          "a": "😀",
          "b": "1",
        },
        "kind": "changed value",
        "table": "pairs",
      },
    ]
  `);
});

it('counts every row of a table that locate calls gone', async () => {
  const found = await differences({ locate: (table) => (table.name === 'loose' ? null : table) });
  expect(found.filter((one) => one.table === 'loose')).toHaveLength(4);
});

it('finds a database with the hardest schema equal to itself', async () => {
  const nasty = await nastyDatabase();
  expect(await differences({ before: nasty.url, after: nasty.url })).toEqual([]);
  await nasty.drop();
});

it('closes its sessions when the reader stops early', async () => {
  for await (const _ of compareContents({ before: before.url, after: after.url })) break;
  await expect
    .poll(() =>
      execute(
        before.url,
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname IN ('${before.name}', '${after.name}') AND pid <> pg_backend_pid()`,
      ),
    )
    .toEqual([{ n: 0 }]);
});
