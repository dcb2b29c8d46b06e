import { readCatalog } from '@tothub/db-catalog';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { execute } from '../../test/databases.ts';
import { withConnection } from '../connection/connect.ts';
import { dataTables } from './data-table.ts';
import {
  type Fingerprint,
  fingerprintTable,
  HASH_ALGORITHMS,
  hashAlgorithmFor,
} from './fingerprint.ts';

const source = await testDatabase();
const algorithm = hashAlgorithmFor('UTF8');

/** Pairs of values that must not be taken for one another, as SQL. */
const PAIRS: readonly (readonly [type: string, one: string, other: string])[] = [
  ['smallint', '0', 'NULL'],
  ['integer', '1', '-1'],
  ['bigint', '4294967297', '1'],
  ['boolean', 'true', 'false'],
  ['numeric', '1.0', '1.00'],
  ['real', `'-0'`, '0'],
  ['double precision', `'NaN'`, `'Infinity'`],
  ['text', `''`, 'NULL'],
  ['text', `'a'`, `'a '`],
  ['text COLLATE app.loose', `'a'`, `'A'`],
  ['character varying(9)', `'ä'`, `'a'`],
  ['character(3)', `'a'`, `' a'`],
  ['bpchar', `'a'`, `'a '`],
  ['app.padded', `'a'`, `'a '`],
  ['app.pair', `ROW(NULL, NULL)`, 'NULL'],
  ['bytea', `'\\x00'`, `'\\x0000'`],
  ['uuid', `'00000000-0000-0000-0000-000000000001'`, `'00000000-0000-0000-0000-000000000010'`],
  ['timestamp', `'infinity'`, `'-infinity'`],
  ['timestamptz', `'2026-01-01 00:00:00+00'`, `'2026-01-01 00:00:00.000001+00'`],
  ['date', `'infinity'`, `'5874897-12-31'`],
  ['interval', `'1 day'`, `'24 hours'`],
  ['jsonb', `'{"a": 1.0}'`, `'{"a": 1.00}'`],
  ['json', `'{"a":1}'`, `'{"a": 1}'`],
  ['integer[]', `'{1}'`, `'[0:0]={1}'`],
  ['inet', `'10.0.0.1/8'`, `'10.0.0.1'`],
];

beforeAll(async () => {
  await execute(
    source.url,
    `CREATE SCHEMA app; CREATE DOMAIN app.padded AS bpchar; CREATE TYPE app.pair AS (a integer, b integer);
     CREATE COLLATION app.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     ${PAIRS.map(
       ([type, one, other], index) => `
         CREATE TABLE one_${index} (v ${type}); INSERT INTO one_${index} VALUES (${one});
         CREATE TABLE other_${index} (v ${type}); INSERT INTO other_${index} VALUES (${other});`,
     ).join('')}
     CREATE TABLE swapped_a (a text, b text); INSERT INTO swapped_a VALUES ('1', '2'), ('3', '4');
     CREATE TABLE swapped_b (a text, b text); INSERT INTO swapped_b VALUES ('1', '4'), ('3', '2');
     CREATE TABLE turned (a text, b text); INSERT INTO turned VALUES ('2', '1'), ('3', '4');
     CREATE TABLE reordered (b text, a text); INSERT INTO reordered VALUES ('4', '3'), ('2', '1');
     CREATE TABLE keyed (id integer PRIMARY KEY, body text); INSERT INTO keyed SELECT i, i FROM generate_series(1, 4000) AS i;
     CREATE TABLE keyed_again (body text, id integer PRIMARY KEY); INSERT INTO keyed_again SELECT id, id FROM keyed ORDER BY id DESC;
     CREATE TABLE fixed (a integer, b text, c numeric, d timestamptz, e jsonb, f bytea, g uuid, h char(4), i boolean);
     INSERT INTO fixed VALUES (1, 'ü', 1.50, '2026-01-01', '{"b": [1, null]}', '\\x0001', '00000000-0000-0000-0000-00000000000a', 'x', true),
       (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  );
});
afterAll(() => source.drop());

async function fingerprints(hash: 'full' | { oneIn: number }, by = algorithm) {
  return withConnection(source.url, undefined, async (client) => {
    const catalog = await readCatalog(client);
    const found = new Map<string, Fingerprint>();
    for (const table of dataTables(catalog)) {
      const how = { encoding: catalog.encoding, algorithm: by, hash };
      found.set(table.name, await fingerprintTable(client, table, how));
    }
    return found;
  });
}

it.each(Object.values(HASH_ALGORITHMS))('tells values apart that differ, by %s', async (by) => {
  const found = await fingerprints('full', by);
  const alike = PAIRS.filter(
    (_, index) => found.get(`one_${index}`)?.hash === found.get(`other_${index}`)?.hash,
  );
  expect(alike).toEqual([]);
  const hashOf = (name: string) => found.get(name)?.hash;
  expect(new Set(['swapped_a', 'swapped_b', 'turned'].map(hashOf)).size).toBe(3);
  expect(hashOf('reordered')).toBe(hashOf('swapped_a'));
});

it('gives the same numbers on every version of PostgreSQL', async () => {
  expect((await fingerprints('full')).get('fixed')).toEqual({
    rows: 2,
    hash: '-64232273164899491',
  });
});

it('takes the same rows of the same table into a sample, whatever their order', async () => {
  const found = await fingerprints({ oneIn: 16 });
  expect(found.get('keyed')).toEqual(found.get('keyed_again'));
  expect(found.get('keyed')).toEqual({
    rows: 4000,
    hash: '158149013813984284313',
    sample: { oneIn: 16, rows: 242 },
  });
});
