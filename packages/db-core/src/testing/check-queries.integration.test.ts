import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { type SqlFragment, sql } from '../query/sql.ts';
import { type CheckOptions, checkQueries } from './check-queries.ts';

const SCHEMA = `
  CREATE TYPE public.mood AS ENUM ('calm', 'loud');
  CREATE TABLE public.person (
    id int PRIMARY KEY,
    name text NOT NULL,
    nick text,
    mood public.mood NOT NULL,
    born date,
    seen timestamp NOT NULL,
    visits int8 NOT NULL,
    tags text[] NOT NULL
  );
  CREATE TABLE public.visit (
    id int PRIMARY KEY,
    person_id int REFERENCES public.person (id),
    room text NOT NULL,
    note text,
    ended timestamp
  );
  CREATE VIEW public.guest AS SELECT id, name, nick FROM public.person;
  CREATE TABLE public."Odd ""table""" ("odd ""column"".x" text NOT NULL, "ß\nü" text);
`;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(SCHEMA);
  await client.end();
});
afterAll(() => database.drop());

/** What is found in queries that are exported under their names. */
async function findings(
  queries: readonly { readonly definition: { readonly name: string } }[],
  options: Partial<CheckOptions> = {},
): Promise<string[]> {
  const module = Object.fromEntries(queries.map((query) => [query.definition.name, query]));
  const result = await checkQueries({
    connectionString: database.url,
    modules: { [import.meta.filename]: module },
    ...options,
  });
  return result.findings.map(({ kind, message }) => `${kind}: ${message}`);
}

/** What is found in a read of these columns. */
const ofRead = (row: z.ZodRawShape, text: SqlFragment): Promise<string[]> =>
  findings([
    defineQuery({
      name: 'probe',
      access: 'read',
      input: z.object({}),
      row: z.object(row),
      rows: 'many',
      sql: () => text,
      samples: [{}],
    }),
  ]);

/** What is found in an input that is bound to a parameter. */
const ofInput = (x: z.ZodType, sample: unknown, text: (x: never) => SqlFragment) =>
  findings([
    defineQuery({
      name: 'probe',
      access: 'write',
      input: z.object({ x }),
      row: null,
      rows: 'none',
      sql: (input) => text(input.x as never),
      samples: [{ x: sample }],
    }),
  ]);

describe('columns', () => {
  it('finds nothing in a query that is right', async () => {
    const row = { id: pgType.int4, nick: pgType.text.nullable() };
    expect(await ofRead(row, sql`SELECT nick, id FROM public.person`)).toEqual([]);
  });

  it('names a column that the database has not, and where it stands', async () => {
    expect(
      await ofRead({ name: pgType.text }, sql`SELECT\n nmae AS name FROM public.person`),
    ).toEqual([
      'statement-refused: The server refuses it (42703): column "nmae" does not exist at "nmae", line 2 of the statement. Perhaps you meant to reference the column "person.name".',
    ]);
  });

  it('names a missing, an extra and a repeated column', async () => {
    const row = { id: pgType.int4, name: pgType.text };
    expect(await ofRead(row, sql`SELECT id, id, nick FROM public.person`)).toEqual([
      'missing-column: The row schema has "name", the statement has not. Select it, or take it out of the schema.',
      'repeated-column: "id" is selected twice. Give each column a name of its own.',
      'extra-column: The statement gives "nick", the row schema has it not. Add it, or do not select it.',
    ]);
  });

  it('names a column whose schema is of another type', async () => {
    const row = { id: pgType.text, visits: z.number(), born: pgType.timestamp.nullable() };
    expect(await ofRead(row, sql`SELECT id, visits, born FROM public.person`)).toEqual([
      'column-type: "id" is int4 on the server, but text in the schema. Declare it pgType.int4, or cast it in the SQL.',
      'column-type: "visits" is int8 on the server, which the schema (zod number) does not take. Cast it in the SQL, as in count(*)::int, or declare it pgType.int8.',
      'column-type: "born" is date on the server, but timestamp in the schema. Declare it pgType.date, or cast it in the SQL.',
    ]);
  });

  it('knows which types plain zod takes', async () => {
    const row = {
      id: z.int(),
      name: z.string(),
      seen: z.date(),
      tags: z.array(z.string().nullable()),
      born: z.iso.date().nullable(),
    };
    expect(await ofRead(row, sql`SELECT id, name, seen, tags, born FROM public.person`)).toEqual(
      [],
    );
    expect(
      await ofRead({ seen: z.string(), name: z.date() }, sql`SELECT seen, name FROM public.person`),
    ).toEqual([
      'column-type: "seen" is timestamp on the server, which the schema (zod string) does not take. Declare it pgType.timestamp, or cast it in the SQL.',
      'column-type: "name" is text on the server, which the schema (zod date) does not take. Declare it pgType.text, or cast it in the SQL.',
    ]);
  });

  it('names labels of an enum that the schema refuses', async () => {
    expect(
      await ofRead({ mood: pgType.enum(['calm']) }, sql`SELECT mood FROM public.person`),
    ).toEqual([
      'column-type: "mood" is the enum mood, whose labels loud the schema refuses. Add them.',
    ]);
  });

  it('names a closed set for a text column, which is open, but not for what the SQL makes', async () => {
    const row = { name: pgType.textOf(['a', 'b']) };
    expect(await ofRead(row, sql`SELECT name FROM public.person`)).toEqual([
      'column-type: "name" is a text column, whose rows may hold a value that the schema refuses. Declare it pgType.text.',
    ]);
    const made = sql`SELECT CASE WHEN id > 1 THEN 'a' ELSE 'b' END AS name FROM public.person`;
    expect(await ofRead(row, made)).toEqual([]);
  });

  it('reads names of any kind', async () => {
    expect(
      await ofRead(
        { a: pgType.text.nullable(), b: pgType.text },
        sql`SELECT "odd ""column"".x" AS a, "ß\nü" AS b FROM public."Odd ""table""" AS "the ""t"""`,
      ),
    ).toEqual([
      'superfluous-nullable: "a" is never NULL: public.Odd "table".odd "column".x is NOT NULL. Take .nullable() away.',
      'missing-nullable: "b" may be NULL: public.Odd "table".ß\nü allows NULL. Add .nullable().',
    ]);
  });
});

/** Verdict on one column `x`, from what is found in a schema without and in one with NULL. */
async function nullable(text: SqlFragment, type: z.ZodType = pgType.text): Promise<string> {
  const ask = (name: string, x: z.ZodType) =>
    defineQuery({
      name,
      access: 'read',
      input: z.object({}),
      row: z.object({ x }),
      rows: 'many',
      sql: () => text,
      samples: [{}],
    });
  const found = await findings([ask('without', type), ask('with', type.nullable())]);
  const [first = 'not known'] = found;
  expect(found.length, found.join('\n')).toBeLessThan(2);
  if (first.startsWith('missing-nullable: "x" may be NULL')) return 'may be NULL';
  return first.startsWith('superfluous-nullable: "x" is never NULL') ? 'never NULL' : first;
}

const P = sql`public.person AS p`;
const V = sql`public.visit AS v`;

describe('whether a column may be NULL', () => {
  it.each<[string, string, SqlFragment]>([
    ['a NOT NULL column', 'never NULL', sql`SELECT name AS x FROM ${P}`],
    ['a nullable column', 'may be NULL', sql`SELECT nick AS x FROM ${P}`],
    ['a column of a view', 'never NULL', sql`SELECT name AS x FROM public.guest`],
    [
      'the inner join',
      'never NULL',
      sql`SELECT p.name AS x FROM ${V} JOIN ${P} ON p.id = v.person_id`,
    ],
    [
      'the right side of a left join',
      'may be NULL',
      sql`SELECT p.name AS x FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id`,
    ],
    [
      'the left side of a left join',
      'never NULL',
      sql`SELECT v.room AS x FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id`,
    ],
    [
      'the left side of a right join',
      'may be NULL',
      sql`SELECT v.room AS x FROM ${V} RIGHT JOIN ${P} ON p.id = v.person_id`,
    ],
    [
      'the left side of a full join',
      'may be NULL',
      sql`SELECT v.room AS x FROM ${V} FULL JOIN ${P} ON p.id = v.person_id`,
    ],
    [
      'the right side of a full join',
      'may be NULL',
      sql`SELECT p.name AS x FROM ${V} FULL JOIN ${P} ON p.id = v.person_id`,
    ],
    [
      'a left join that WHERE makes inner',
      'never NULL',
      sql`SELECT p.name AS x FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id WHERE p.visits > 1`,
    ],
    [
      'a left join behind a left join',
      'may be NULL',
      sql`SELECT q.name AS x FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id LEFT JOIN public.person AS q ON q.id = p.visits`,
    ],
    [
      'an inner join below a left join',
      'may be NULL',
      sql`SELECT q.name AS x FROM ${V} LEFT JOIN (${P} JOIN public.person AS q ON q.id = p.visits) ON p.id = v.person_id`,
    ],
    [
      'an anti join',
      'never NULL',
      sql`SELECT v.room AS x FROM ${V} WHERE NOT EXISTS (SELECT FROM ${P} WHERE p.id = v.person_id)`,
    ],
    [
      'what an anti join did not find',
      'may be NULL',
      sql`SELECT p.name AS x FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id WHERE p.id IS NULL`,
    ],
    [
      'what a condition excludes',
      'not known',
      sql`SELECT nick AS x FROM ${P} WHERE nick IS NOT NULL`,
    ],
    [
      'what a comparison excludes',
      'not known',
      sql`SELECT nick AS x FROM ${P} WHERE nick = ${'a'}`,
    ],
    [
      'what a condition with OR lets through',
      'may be NULL',
      sql`SELECT nick AS x FROM ${P} WHERE nick IS NOT NULL OR id = 1`,
    ],
    [
      'sorted and limited',
      'may be NULL',
      sql`SELECT p.name AS x FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id ORDER BY v.ended DESC, v.id LIMIT 3`,
    ],
    [
      'a subquery',
      'never NULL',
      sql`SELECT s.n AS x FROM (SELECT name AS n, id FROM ${P} ORDER BY id LIMIT 3) AS s JOIN ${V} ON v.person_id = s.id`,
    ],
    [
      'a subquery on the outer side',
      'may be NULL',
      sql`SELECT s.n AS x FROM ${V} LEFT JOIN (SELECT name AS n, id FROM ${P} ORDER BY id LIMIT 3) AS s ON v.person_id = s.id`,
    ],
    [
      'a left join in a subquery',
      'may be NULL',
      sql`SELECT s.n AS x FROM (SELECT p.name AS n FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id ORDER BY v.id LIMIT 3) AS s`,
    ],
    [
      'a CTE',
      'never NULL',
      sql`WITH s AS MATERIALIZED (SELECT name AS n FROM ${P}) SELECT n AS x FROM s`,
    ],
    [
      'a left join in a CTE',
      'may be NULL',
      sql`WITH s AS MATERIALIZED (SELECT p.name AS n FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id) SELECT n AS x FROM s`,
    ],
    [
      'a lateral left join',
      'may be NULL',
      sql`SELECT s.room AS x FROM ${P} LEFT JOIN LATERAL (SELECT v.room FROM ${V} WHERE v.person_id = p.id ORDER BY v.id DESC LIMIT 1) AS s ON true`,
    ],
    [
      'a UNION of which one may be NULL',
      'may be NULL',
      sql`SELECT name AS x FROM ${P} UNION ALL SELECT note FROM ${V}`,
    ],
    [
      'a UNION of which none is',
      'never NULL',
      sql`SELECT name AS x FROM ${P} UNION ALL SELECT room FROM ${V}`,
    ],
    [
      'a UNION without repetition',
      'may be NULL',
      sql`SELECT name AS x FROM ${P} UNION SELECT note FROM ${V}`,
    ],
    [
      'a UNION of which one computes what the other reads',
      'may be NULL',
      sql`SELECT lower(name) AS x FROM ${P} UNION ALL SELECT note FROM ${V} ORDER BY 1 LIMIT 3`,
    ],
    ['grouping sets', 'not known', sql`SELECT name AS x FROM ${P} GROUP BY ROLLUP (name)`],
    ['a group', 'never NULL', sql`SELECT name AS x FROM ${P} GROUP BY name`],
    ['the greatest of none', 'may be NULL', sql`SELECT max(name) AS x FROM ${P}`],
    ['the greatest of a group', 'never NULL', sql`SELECT max(name) AS x FROM ${P} GROUP BY mood`],
    [
      'the greatest of a group that may be all NULL',
      'may be NULL',
      sql`SELECT max(nick) AS x FROM ${P} GROUP BY mood`,
    ],
    ['COALESCE with a constant', 'never NULL', sql`SELECT coalesce(nick, '') AS x FROM ${P}`],
    ['COALESCE with a column', 'never NULL', sql`SELECT coalesce(nick, name) AS x FROM ${P}`],
    [
      'COALESCE of what is nullable',
      'may be NULL',
      sql`SELECT coalesce(v.note, p.nick) AS x FROM ${P} JOIN ${V} ON v.id = p.id`,
    ],
    [
      'COALESCE over an outer join',
      'may be NULL',
      sql`SELECT coalesce(p.nick, p.name) AS x FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id`,
    ],
    ['a concatenation', 'may be NULL', sql`SELECT name || nick AS x FROM ${P}`],
    [
      'a concatenation of values',
      'never NULL',
      sql`SELECT name || ' ' || lower(name) AS x FROM ${P}`,
    ],
    ['a literal', 'never NULL', sql`SELECT 'a' AS x FROM ${P}`],
    [
      'a column behind comments',
      'may be NULL',
      sql`-- first\n/* second */ (SELECT nick AS x FROM ${P})`,
    ],
    ['NULL', 'may be NULL', sql`SELECT NULL::text AS x FROM ${P}`],
    [
      'a CASE with ELSE',
      'never NULL',
      sql`SELECT CASE WHEN id > 1 THEN name ELSE 'a' END AS x FROM ${P}`,
    ],
    [
      'a CASE without ELSE',
      'may be NULL',
      sql`SELECT CASE WHEN id > 1 THEN name END AS x FROM ${P}`,
    ],
    ['a parameter', 'not known', sql`SELECT ${'a'}::text AS x`],
    [
      'a function that nothing is known of',
      'not known',
      sql`SELECT substring(name FROM 'a+') AS x FROM ${P}`,
    ],
    [
      'the row of a subquery that may have none',
      'not known',
      sql`SELECT (SELECT v.room FROM ${V} WHERE v.person_id = p.id LIMIT 1) AS x FROM ${P}`,
    ],
  ])('%s: %s', async (_, expected, text) => {
    expect(await nullable(text)).toBe(expected);
  });

  it.each<[string, string, z.ZodType, SqlFragment]>([
    ['a count', 'never NULL', pgType.int4, sql`SELECT count(*)::int AS x FROM ${P}`],
    [
      'a count in a subquery',
      'never NULL',
      pgType.int4,
      sql`SELECT (SELECT count(*) FROM ${V} WHERE v.person_id = p.id)::int AS x FROM ${P}`,
    ],
    ['a sum of none', 'may be NULL', pgType.numeric, sql`SELECT sum(visits) AS x FROM ${P}`],
    [
      'a row number',
      'never NULL',
      pgType.int8,
      sql`SELECT row_number() OVER (ORDER BY id) AS x FROM ${P}`,
    ],
    ['a test', 'never NULL', pgType.bool, sql`SELECT nick IS NULL AS x FROM ${P}`],
    [
      'a comparison with what may be NULL',
      'may be NULL',
      pgType.bool,
      sql`SELECT nick = 'a' AS x FROM ${P}`,
    ],
    ['now', 'never NULL', pgType.timestamptz, sql`SELECT now() AS x`],
    [
      'a count in a grouped subquery on the outer side',
      'may be NULL',
      pgType.int8,
      sql`SELECT s.n AS x FROM ${P} LEFT JOIN (SELECT v.person_id, count(*) AS n FROM ${V} GROUP BY v.person_id) AS s ON s.person_id = p.id`,
    ],
    [
      'that count with COALESCE',
      'never NULL',
      pgType.int8,
      sql`SELECT coalesce(s.n, 0) AS x FROM ${P} LEFT JOIN (SELECT v.person_id, count(*) AS n FROM ${V} GROUP BY v.person_id) AS s ON s.person_id = p.id`,
    ],
    [
      'the greatest of no groups',
      'may be NULL',
      pgType.int8,
      sql`SELECT max(s.n) AS x FROM (SELECT v.person_id, count(*) AS n FROM ${V} GROUP BY v.person_id) AS s`,
    ],
    [
      'what is computed on the outer side',
      'not known',
      pgType.text,
      sql`SELECT s.k AS x FROM ${P} LEFT JOIN (SELECT v.person_id, 'a' AS k FROM ${V} ORDER BY v.id) AS s ON s.person_id = p.id`,
    ],
    [
      'JSON built of rows',
      'never NULL',
      pgType.jsonb,
      sql`SELECT jsonb_build_object('a', nick) AS x FROM ${P}`,
    ],
    [
      'an aggregate to JSON of no rows',
      'may be NULL',
      pgType.jsonb,
      sql`SELECT jsonb_agg(nick) AS x FROM ${P}`,
    ],
    ['a cast', 'may be NULL', pgType.text, sql`SELECT born::text AS x FROM ${P}`],
  ])('%s: %s', async (_, expected, type, text) => {
    expect(await nullable(text, type)).toBe(expected);
  });

  it('is that of the changed row where a change returns it', async () => {
    const returning = (row: z.ZodRawShape, text: SqlFragment) =>
      findings([
        defineQuery({
          name: 'change',
          access: 'write',
          input: z.object({}),
          row: z.object(row),
          rows: 'many',
          sql: () => text,
          samples: [{}],
        }),
      ]);
    expect(
      await returning(
        { note: pgType.text, id: pgType.int4.nullable(), name: pgType.text },
        sql`UPDATE public.visit AS v SET note = NULL FROM ${P} WHERE p.id = v.person_id AND v.note IS NOT NULL
          RETURNING v.note, v.id, p.name`,
      ),
    ).toEqual([
      'missing-nullable: "note" may be NULL: public.visit.note allows NULL. Add .nullable().',
      'superfluous-nullable: "id" is never NULL: public.visit.id is NOT NULL. Take .nullable() away.',
    ]);
    expect(
      await returning(
        { id: pgType.int4, note: pgType.text },
        sql`INSERT INTO public.visit (id, room) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET room = 'b' RETURNING id, note`,
      ),
    ).toEqual([
      'missing-nullable: "note" may be NULL: public.visit.note allows NULL. Add .nullable().',
    ]);
  });

  it('takes the rows of all texts of a query together', async () => {
    const query = (column: z.ZodType) =>
      defineQuery({
        name: 'either',
        access: 'read',
        input: z.object({ outer: z.boolean() }),
        row: z.object({ name: column }),
        rows: 'many',
        sql: ({ outer }) =>
          outer
            ? sql`SELECT p.name FROM ${V} LEFT JOIN ${P} ON p.id = v.person_id`
            : sql`SELECT p.name FROM ${V} JOIN ${P} ON p.id = v.person_id`,
        samples: [{ outer: true }, { outer: false }],
      });
    expect(await findings([query(pgType.text.nullable())])).toEqual([]);
    expect(await findings([query(pgType.text)])).toHaveLength(1);
  });
});

describe('parameters', () => {
  const where = (column: SqlFragment) => (x: never) =>
    sql`DELETE FROM public.person WHERE ${column} = ${x}`;

  it.each<[string, z.ZodType, unknown, (x: never) => SqlFragment, string]>([
    [
      'a string for int4',
      z.string(),
      'a',
      where(sql`id`),
      'input "x" ($1) takes "x", which int4 on the server refuses. Bound it: z.int().min(…).max(…), or z.int32().',
    ],
    [
      'a number without bounds for int4',
      z.int(),
      1,
      where(sql`id`),
      'input "x" ($1) takes 2147483648, which int4 on the server refuses. Bound it: z.int().min(…).max(…), or z.int32().',
    ],
    [
      'a fraction for int4',
      z.number().min(0).max(9),
      1,
      where(sql`id`),
      'input "x" ($1) takes 1.5, which int4 on the server refuses. Bound it: z.int().min(…).max(…), or z.int32().',
    ],
    [
      'a number for text',
      z.int32(),
      1,
      where(sql`name`),
      'input "x" ($1) is a number, but text on the server. Take a string.',
    ],
    [
      'any string for a date',
      z.string(),
      '2026-01-01',
      (x) => sql`DELETE FROM public.person WHERE born = ${sql.date(x)}`,
      'input "x" ($1) takes "x", which date on the server refuses. Take z.iso.date() or a Date.',
    ],
    [
      'any string for a timestamp',
      z.string(),
      '2026-01-01',
      where(sql`seen`),
      'input "x" ($1) takes "x", which timestamp on the server refuses. Take a Date, or z.iso.date().',
    ],
    [
      'any string for an enum',
      z.string(),
      'calm',
      where(sql`mood`),
      'input "x" ($1) takes any text, but is the enum mood on the server. Take z.enum([…]).',
    ],
    [
      'a value too many for an enum',
      z.enum(['calm', 'mild']),
      'calm',
      where(sql`mood`),
      'input "x" ($1) takes mild, which the enum mood has not. Take them away.',
    ],
    [
      'elements of another type',
      z.array(z.string()),
      ['a'],
      (x) => sql`DELETE FROM public.person WHERE id = ANY (${sql.array(x, 'int4')})`,
      'input "x" ($1) has elements of which each takes "x", which int4 on the server refuses. Bound it: z.int().min(…).max(…), or z.int32().',
    ],
    [
      'a nested key',
      z.object({ y: z.string().optional() }),
      { y: 'a' },
      (x: { y: string }) => sql`DELETE FROM public.person WHERE id = ${x.y}`,
      'input "x.y" ($1) takes "x", which int4 on the server refuses. Bound it: z.int().min(…).max(…), or z.int32().',
    ],
  ])('finds %s', async (_, schema, sample, text, message) => {
    expect(await ofInput(schema, sample, text)).toEqual([`parameter-type: ${message}`]);
  });

  it.each<[string, z.ZodType, unknown, (x: never) => SqlFragment]>([
    ['a bounded number', z.int().min(1).max(100).default(5), 1, where(sql`id`)],
    ['text', z.string().nullish(), 'a', where(sql`name`)],
    [
      'an instant',
      z.date(),
      new Date(0),
      (x) => sql`DELETE FROM public.person WHERE seen > ${sql.timestamp(x)}`,
    ],
    [
      'a day for a date',
      z.iso.date(),
      '2026-01-01',
      (x) => sql`DELETE FROM public.person WHERE born = ${sql.date(x)}`,
    ],
    ['a label', z.enum(['calm', 'loud']), 'calm', where(sql`mood`)],
    [
      'a list',
      z.array(z.int32()),
      [1],
      (x) => sql`DELETE FROM public.person WHERE id = ANY (${sql.array(x, 'int4')})`,
    ],
    [
      'what the query makes of it',
      z.string(),
      'a',
      (x: string) => sql`DELETE FROM public.person WHERE id = ${x.length}`,
    ],
  ])('lets %s be', async (_, schema, sample, text) => {
    expect(await ofInput(schema, sample, text)).toEqual([]);
  });
});

describe('queries as a whole', () => {
  const good = defineQuery({
    name: 'good',
    access: 'read',
    input: z.object({ id: z.int32() }),
    row: z.object({ id: pgType.int4 }),
    rows: 'many',
    sql: ({ id }) => sql`SELECT id FROM public.person WHERE id = ${id}`,
    samples: [{ id: 1 }],
  });

  it('names the file and the line of a query', async () => {
    const { findings: found } = await checkQueries({
      connectionString: database.url,
      modules: { [`./${import.meta.url.split('/').at(-1)}`]: { other: good } },
      base: import.meta.url,
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      kind: 'name-differs',
      place: { file: import.meta.filename },
      message: 'It is exported as other. Give it that name.',
    });
    expect(found[0]?.place.line).toBeGreaterThan(1);
  });

  it('refuses a name that two queries have', async () => {
    const module = { good };
    const other = { good: defineQuery({ ...good.definition }) };
    const { findings: found } = await checkQueries({
      connectionString: database.url,
      modules: { '/a.ts': module, '/b.ts': other },
    });
    expect(found).toMatchObject([{ kind: 'name-repeated', place: { file: '/b.ts' } }]);
  });

  it('refuses a sample that its own schema refuses', async () => {
    const query = defineQuery({ ...good.definition, samples: [{ id: 1.5 }] });
    expect(await findings([query])).toEqual([
      'sample-refused: A sample is refused: good: id does not fit the schema of the input. Nothing was sent. Mend the sample.',
    ]);
  });

  it('refuses a read that writes, also behind WITH', async () => {
    const statements = [
      sql`DELETE FROM public.person RETURNING id`,
      sql`WITH gone AS (DELETE FROM public.person RETURNING id) SELECT id FROM gone`,
      sql`SELECT id FROM public.person FOR UPDATE`,
    ];
    for (const text of statements) {
      expect(await ofRead({ id: pgType.int4 }, text)).toEqual([
        "read-that-writes: It changes or locks rows. Declare it access: 'write'.",
      ]);
    }
  });

  it('takes statements that have no plan', async () => {
    expect(await ofInput(z.string(), 'a', () => sql`LOCK TABLE public.person`)).toEqual([]);
  });

  it('reaches an optional condition that no sample sets', async () => {
    const query = defineQuery({
      ...good.definition,
      input: z.object({ id: z.int32(), mood: z.enum(['calm', 'loud']).nullish() }),
      sql: ({ id, mood }) =>
        mood
          ? sql`SELECT id FROM public.person WHERE id = ${id} AND moood = ${mood}`
          : sql`SELECT id FROM public.person WHERE id = ${id}`,
      samples: [{ id: 1 }],
    });
    expect(await findings([query])).toEqual([
      expect.stringContaining('column "moood" does not exist'),
    ]);
  });

  it('compares a parameter that is NULL in the first sample', async () => {
    const query = defineQuery({
      ...good.definition,
      input: z.object({ id: z.int32(), visits: z.string().nullish() }),
      sql: ({ id, visits = null }) => sql`SELECT id FROM public.person
        WHERE id = ${id} AND (${visits}::int4 IS NULL OR visits > ${visits}::int4)`,
      samples: [{ id: 1 }],
    });
    expect(await findings([query])).toEqual([
      'parameter-type: input "visits" ($2) takes "x", which int4 on the server refuses. Bound it: z.int().min(…).max(…), or z.int32().',
    ]);
  });

  it('executes nothing', async () => {
    expect(
      await ofRead(
        { x: pgType.int4 },
        sql`SELECT 1 / (SELECT count(*)::int FROM public.visit) AS x`,
      ),
    ).toEqual([]);
  });

  it('goes on after a statement that the server refuses', async () => {
    const bad = defineQuery({ ...good.definition, name: 'bad', sql: () => sql`SELEC 1` });
    expect(await findings([bad, good])).toHaveLength(1);
  });

  it('lets listed findings stand and names those that are listed in vain', async () => {
    const query = defineQuery({
      ...good.definition,
      row: z.object({ id: pgType.int4.nullable() }),
    });
    const exception = {
      query: 'good',
      kind: 'superfluous-nullable',
      subject: 'id',
      reason: 'r',
    } as const;
    expect(await findings([query], { exceptions: [exception] })).toEqual([]);
    expect(await findings([good], { exceptions: [exception] })).toEqual([
      'unused-exception: superfluous-nullable of id is listed as an exception and does not occur. Take it off the list.',
    ]);
  });
});
