import { loadLegacyFixture } from '@tothub/db-testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { config } from '../tothub.config.ts';
import { emptyDatabase, type OpenDatabase } from './support/database.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await emptyDatabase();
  await loadLegacyFixture(database.url, { scale: 20 });
  await database.migrator.baseline({ through: '0001' });
  await database.migrator.up();
  await database.client.query('ANALYZE');
});
afterAll(() => database[Symbol.asyncDispose]());

it.each(config.keyQueries.map(({ name, sql, index }) => ({ name, sql, index })))(
  'answers "$name" from $index',
  async ({ sql, index }) => {
    const { client } = database;
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query({ text: `EXPLAIN ${sql}`, rowMode: 'array' });
    expect(rows.flat().join('\n')).toContain(index);
  },
);
