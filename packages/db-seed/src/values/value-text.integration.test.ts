import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ValueType } from './column-type.ts';
import { copyLine, valueText } from './value-text.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('CREATE TEMP TABLE t (n int, a text, b text[], c jsonb)');
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const text: ValueType = { kind: 'text', maxLength: null, ignoresCase: false };
const storable = fc
  .string({ unit: 'binary', maxLength: 20 })
  .map((one) => one.replaceAll('\0', '').toWellFormed());

test('any text, array and JSON arrives through COPY as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.option(storable), fc.array(fc.option(storable), { maxLength: 4 }), storable),
        { minLength: 1, maxLength: 20 },
      ),
      async (rows) => {
        const lines = rows.map(([one, list, field], number) =>
          copyLine([
            String(number),
            valueText(one, text),
            valueText(list, { kind: 'array', element: text }),
            valueText({ [field]: field }, { kind: 'json' }),
          ]),
        );
        await client.query('TRUNCATE t');
        await pipeline(Readable.from(lines), client.query(copyFrom('COPY t FROM STDIN')));
        const { rows: stored } = await client.query('SELECT a, b, c FROM t ORDER BY n');
        expect(stored).toEqual(
          rows.map(([a, b, field]) => ({ a, b, c: Object.fromEntries([[field, field]]) })),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test('a text is cut to its length in characters, not in code units', () => {
  expect(valueText('😀😀😀', { ...text, maxLength: 2 })).toBe('😀😀');
  expect(valueText('a\0b\uD800', text)).toBe('ab\uFFFD');
});

test('a moment takes the form of its type', () => {
  const at = new Date('2025-01-02T03:04:05.006Z');
  expect(valueText(at, { kind: 'date' })).toBe('2025-01-02');
  expect(valueText(at, { kind: 'timestamp', zoned: true })).toBe('2025-01-02 03:04:05.006+00');
  expect(valueText(new Date('2025-01-02'), { kind: 'timestamp', zoned: false })).toBe(
    '2025-01-02 00:00:00',
  );
  expect(valueText(at, { kind: 'time', zoned: false })).toBe('03:04:05.006');
});
