import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseWith } from '../test/databases.ts';
import { quotedKeywords } from './keywords.ts';
import { qualifiedName, quoteIdent, quoteLiteral } from './quoting.ts';
import { readCatalog } from './read/read-catalog.ts';

let db: Awaited<ReturnType<typeof databaseWith>>;

beforeAll(async () => {
  db = await databaseWith('');
});

afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Text that UTF-8 can hold: no NUL, no half of a surrogate pair. */
const anyText = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));

/** The longest prefix that PostgreSQL keeps of a name: 63 bytes, no character cut in two. */
function fitted(name: string): string {
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > 63) break;
    kept += character;
  }
  return kept;
}

const hostile = [
  'plain',
  'Plain',
  'a"b',
  '"',
  '""',
  '".".',
  "it's",
  'a.b',
  ' ',
  ' lead',
  'trail ',
  'two words',
  'new\nline',
  'tab\t',
  '\r\n',
  '\\',
  'back\\slash',
  '$1',
  '%s',
  '%I',
  '--',
  '/*',
  '*/',
  ';',
  '0',
  '1a',
  'user',
  'select',
  'order',
  'table',
  'default',
  'json_value',
  'oid',
  'ctid_',
  'ünïcode',
  '日本語の表',
  '🐘',
  'a\u0301',
  '\u200b',
  '\u202e',
  '\ufeff',
  'é'.repeat(31),
  `${'日'.repeat(21)}`,
  '🐘'.repeat(15),
  'x'.repeat(63),
  '"'.repeat(63),
  'null',
  'true',
  'public',
  'constructor',
  '__proto__',
  'toString',
];

const name = fc
  .oneof(
    fc.constantFrom(...hostile, ...quotedKeywords),
    anyText.map(fitted),
    fc.string({ unit: fc.constantFrom('"', "'", '.', ' ', '\n', '\\', 'a', 'Z', 'é', '🐘', '$') }),
  )
  .map(fitted)
  .filter((value) => value !== '');

test('any name comes back from the server as it was given', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        name.filter(
          (value) => !/^pg_/.test(value) && value !== 'public' && value !== 'information_schema',
        ),
        { minLength: 1, maxLength: 3 },
      ),
      fc.uniqueArray(name, { minLength: 2, maxLength: 6 }),
      async (schemas, names) => {
        // Names that PostgreSQL gives to columns of every table.
        const system = ['tableoid', 'xmin', 'xmax', 'cmin', 'cmax', 'ctid'];
        const columns = names.filter((value) => !system.includes(value));
        fc.pre(columns.length > 0);
        for (const schema of schemas) {
          const list = columns.map((column) => `${quoteIdent(column)} integer`).join(', ');
          await db.client.query(
            `create schema ${quoteIdent(schema)};
             create table ${qualifiedName(schema, names[0] ?? '')} (${list});
             create index ${quoteIdent(names[1] ?? '')}
               on ${qualifiedName({ schema, name: names[0] ?? '' })} (${quoteIdent(columns[0] ?? '')});
             comment on column ${qualifiedName(schema, names[0] ?? '')}.${quoteIdent(columns[0] ?? '')}
               is ${quoteLiteral(schema)}`,
          );
        }
        try {
          const catalog = await readCatalog(db.client);
          expect(
            catalog.schemas
              .map((schema) => schema.name)
              .filter((found) => found !== 'public')
              .sort(),
          ).toEqual(schemas.toSorted());
          for (const relation of catalog.relations) {
            expect(schemas).toContain(relation.schema);
            expect(relation.name).toBe(names[0]);
            expect(relation.columns.map((column) => column.name)).toEqual(columns);
            expect(relation.columns[0]?.comment).toBe(relation.schema);
            expect(relation.indexes.map((index) => index.name)).toEqual([names[1]]);
            expect(relation.indexes[0]?.keys[0]?.column).toBe(columns[0]);
          }
          expect(catalog.relations).toHaveLength(schemas.length);
        } finally {
          for (const schema of schemas)
            await db.client.query(`drop schema ${quoteIdent(schema)} cascade`);
        }
      },
    ),
    {
      numRuns: 30,
      examples: [
        [['🐘'.repeat(15), 'a"b.c'], hostile.slice(0, 40)],
        [['\\'], hostile.slice(40)],
      ],
    },
  );
});

test('quotes names as the server does, but for words that a newer PostgreSQL reserves', async () => {
  const check = async (names: readonly string[]): Promise<void> => {
    const { rows } = await db.client.query(
      'select quote_ident(name) as quoted from unnest($1::text[]) with ordinality as n (name, place) order by place',
      [names],
    );
    for (const [place, { quoted }] of rows.entries()) {
      const given = names[place] ?? '';
      if (quoted === given && quotedKeywords.has(given)) continue;
      expect(quoteIdent(given)).toBe(quoted);
    }
  };
  const { rows } = await db.client.query('select word from pg_get_keywords()');
  await check(rows.map((row) => row.word));
  await check(hostile);
  await fc.assert(fc.asyncProperty(fc.array(name, { minLength: 1 }), check), { numRuns: 50 });
});

test('any text comes back from its literal, and looks as the server would quote it', async () => {
  for (const conforming of ['on', 'off']) {
    const client = new pg.Client({ connectionString: db.url });
    await client.connect();
    await client.query(
      `set standard_conforming_strings = ${conforming}; set escape_string_warning = off`,
    );
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.oneof(
              anyText,
              fc.string({ unit: fc.constantFrom("'", '\\', '"', 'n', '\n', '$', 'é') }),
            ),
            { minLength: 1, maxLength: 20 },
          ),
          async (texts) => {
            const { rows } = await client.query({
              text: `select array[${texts.map(quoteLiteral).join(', ')}]::text[] as back,
              array(select quote_literal(t) from unnest($1::text[]) with ordinality as u (t, place) order by place) as quoted`,
              values: [texts],
            });
            expect(rows[0].back).toEqual(texts);
            expect(rows[0].quoted).toEqual(texts.map(quoteLiteral));
          },
        ),
        { numRuns: 60, examples: [[["it's", '\\', "\\'", "'\\", '\\\\n', '']]] },
      );
    } finally {
      await client.end();
    }
  }
});
