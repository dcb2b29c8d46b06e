import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseWith } from '../test/databases.ts';
import { coveringIndex } from './covering-index.ts';
import { findRelation } from './find-relation.ts';
import { readCatalog } from './read/read-catalog.ts';

let db: Awaited<ReturnType<typeof databaseWith>>;

beforeAll(async () => {
  db = await databaseWith('create extension btree_gin');
});

afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Does the planner look all columns up in an index, with values that it does not know, as a foreign key does? */
async function plannerUsesIndex(columns: readonly string[]): Promise<boolean> {
  const places = columns.map((column, place) => `${column} = $${place + 1}`).join(' and ');
  const values = columns.map(() => 'null').join(', ');
  await db.client.query(`
    set enable_seqscan = off; set plan_cache_mode = force_generic_plan;
    prepare lookup as select 1 from only child where ${places} for key share`);
  const { rows } = await db.client.query(`explain (format json) execute lookup (${values})`);
  await db.client.query('deallocate lookup');
  const conditions: string[] = [];
  JSON.stringify(rows[0]['QUERY PLAN'], (key, value) => {
    if (key === 'Index Cond') conditions.push(value);
    return value;
  });
  return columns.every((column) =>
    conditions.some((condition) => condition.includes(`${column} =`)),
  );
}

const table = 'create table child (a integer, b integer, c integer, t text, v integer[]);';

test.each<[shape: string, columns: string[], ddl: string, covering: boolean]>([
  ['no index', ['a'], '', false],
  ['the column alone', ['a'], 'create index i on child (a)', true],
  ['a longer index', ['a'], 'create index i on child (a, b)', true],
  ['descending', ['a'], 'create index i on child (a desc nulls last)', true],
  ['nulls first', ['a'], 'create index i on child (a nulls first)', true],
  ['unique', ['a'], 'create unique index i on child (a)', true],
  ['primary key', ['a'], 'alter table child add primary key (a, b)', true],
  ['hash', ['a'], 'create index i on child using hash (a)', true],
  ['partial on another column', ['a'], 'create index i on child (a) where b > 0', false],
  ['partial on itself', ['a'], 'create index i on child (a) where a > 0', false],
  ['partial on not null', ['a'], 'create index i on child (a) where a is not null', true],
  ['partial on another not null', ['a'], 'create index i on child (a) where b is not null', false],
  ['partial on null', ['a'], 'create index i on child (a) where a is null', false],
  ['unique and partial', ['a'], 'create unique index i on child (a) where c = 1', false],
  ['an expression', ['a'], 'create index i on child ((a + 0))', false],
  ['an expression behind', ['a'], 'create index i on child (a, (b + 1))', true],
  ['another collation', ['t'], 'create index i on child (t collate "POSIX")', false],
  ['text patterns', ['t'], 'create index i on child (t text_pattern_ops)', true],
  ['included beside', ['a'], 'create index i on child (a) include (b)', true],
  ['two in order', ['a', 'b'], 'create index i on child (a, b)', true],
  ['two swapped', ['a', 'b'], 'create index i on child (b desc, a)', true],
  ['two of three swapped', ['a', 'b'], 'create index i on child (b, a, c)', true],
  ['one of two', ['a', 'b'], 'create index i on child (a)', false],
  ['second included', ['a', 'b'], 'create index i on child (a) include (b)', false],
  ['three in any order', ['a', 'b', 'c'], 'create index i on child (c, a, b)', true],
  [
    'two with a partial not null',
    ['a', 'b'],
    'create index i on child (b, a) where b is not null',
    true,
  ],
  ['a repeated column', ['a', 'a'], 'create index i on child (a)', true],
])('%s', async (_shape, columns, ddl, covering) => {
  await db.client.query(`drop table if exists child; ${table} ${ddl}`);
  const relation = findRelation(await readCatalog(db.client), 'public', 'child');
  expect(relation && coveringIndex(relation, columns) !== undefined).toBe(covering);
  expect(await plannerUsesIndex([...new Set(columns)])).toBe(covering);
});

test.each<[shape: string, ddl: string]>([
  ['a BRIN index', 'create index i on child using brin (a)'],
  ['a GIN index', 'create index i on child using gin (a)'],
  ['a GIN index on an array', 'create index i on child using gin (v)'],
  ['an index led by another column', 'create index i on child (b, a)'],
  ['an index that only includes the column', 'create index i on child (b) include (a)'],
])('%s does not cover the column, although the planner may use it', async (_shape, ddl) => {
  await db.client.query(`drop table if exists child; ${table} ${ddl}`);
  const relation = findRelation(await readCatalog(db.client), 'public', 'child');
  expect(relation?.indexes).toHaveLength(1);
  expect(relation && coveringIndex(relation, ['a'])).toBeUndefined();
});

test('two columns are not covered where others stand between them', async () => {
  await db.client.query(`drop table if exists child; ${table} create index i on child (a, c, b)`);
  const relation = findRelation(await readCatalog(db.client), 'public', 'child');
  expect(relation && coveringIndex(relation, ['a', 'b'])).toBeUndefined();
  expect(relation && coveringIndex(relation, [])).toBeUndefined();
  expect(relation && coveringIndex(relation, ['a'])?.name).toBe('i');
});

test('the leftover of a failed concurrent build covers nothing', async () => {
  await db.client.query(
    `drop table if exists child; ${table} insert into child (a) values (1), (1)`,
  );
  await expect(
    db.client.query('create unique index concurrently i on child (a)'),
  ).rejects.toMatchObject({ code: '23505' });
  const relation = findRelation(await readCatalog(db.client), 'public', 'child');
  expect(relation?.indexes).toMatchObject([{ name: 'i', isValid: false }]);
  expect(relation && coveringIndex(relation, ['a'])).toBeUndefined();
});
