import pg from 'pg';
import { expect, test } from 'vitest';
import { legacyDatabase, testCluster, testDatabase } from '../src/vitest.ts';

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('test databases are empty, apart from each other, and gone when dropped', async () => {
  const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
  await rows(one.url, 'CREATE TABLE t ()');
  expect(
    await rows(
      other.url,
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
    ),
  ).toEqual([]);
  await Promise.all([one.drop(), other.drop()]);
  await one.drop();
  expect(
    await rows(
      testCluster().adminUrl,
      `SELECT datname FROM pg_database WHERE datname IN ('${one.name}', '${other.name}')`,
    ),
  ).toEqual([]);
});

test('however many ask at once, the legacy template is made once', async () => {
  const copies = await Promise.all([1, 2, 3, 4].map(() => legacyDatabase()));
  for (const { url } of copies) {
    expect(await rows(url, 'SELECT count(*)::int AS n FROM children')).toEqual([{ n: 44 }]);
  }
  await Promise.all(copies.map((copy) => copy.drop()));
  expect(
    await rows(
      testCluster().adminUrl,
      `SELECT datname FROM pg_database WHERE datname ~ '^pgtest_legacy'`,
    ),
  ).toEqual([{ datname: 'pgtest_legacy' }]);
});

test('the server is of the version that PGTEST_MAJOR asks for', async () => {
  const [row] = (await rows(testCluster().adminUrl, 'SHOW server_version_num')) as {
    server_version_num: string;
  }[];
  expect(Math.floor(Number(row?.server_version_num) / 10_000)).toBe(testCluster().major);
  if (process.env.PGTEST_MAJOR) expect(testCluster().major).toBe(Number(process.env.PGTEST_MAJOR));
});
