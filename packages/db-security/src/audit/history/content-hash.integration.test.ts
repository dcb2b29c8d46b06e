import { createHash } from 'node:crypto';
import { testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { contentHash, recordText } from './content-hash.ts';

const field = fc.option(
  fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
    fc.string({
      unit: fc.constantFrom(
        '"',
        '\\',
        '(',
        ')',
        ',',
        ' ',
        '\t',
        '\v',
        '\u0085',
        '\u00a0',
        '{',
        "'",
      ),
    }),
  ),
);

test('a record is printed, and hashed, as PostgreSQL does it', async () => {
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  const db = new pg.Client(database.url);
  await db.connect();
  const salt = '0f0e0d0c-0b0a-0908-0706-050403020100';
  await fc.assert(
    fc.asyncProperty(field, field, field, async (...fields) => {
      const { rows } = await db.query(
        `SELECT format('%s', ROW($1::text, $2::text, $3::text)) AS text,
           encode(sha256(convert_to($4::uuid::text || format('%s', ROW($1::text, $2::text, $3::text)), 'UTF8')), 'hex') AS hash`,
        [...fields, salt],
      );
      expect(recordText(fields)).toBe(rows[0].text);
      expect(contentHash(salt, fields)).toBe(rows[0].hash);
    }),
    { numRuns: 200 },
  );
  await db.end();
});

test('no field and one field are records too', () => {
  expect([[], [null], [''], ['a b']].map(recordText)).toEqual(['()', '()', '("")', '("a b")']);
  expect(contentHash('s', [])).toBe(createHash('sha256').update('s()').digest('hex'));
});
