import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { UnexpectedResultError } from '../errors.ts';
import { createDatabase } from './create-database.ts';
import { executor } from './database.ts';

const server = await testDatabase();
const db = await createDatabase({ connectionString: server.url, maxConnections: 2 });
const withStrings = await createDatabase({ connectionString: server.url, int8: 'string' });
afterAll(async () => {
  await Promise.all([db.close(), withStrings.close()]);
  await server.drop();
});

async function selected(expression: string, from = db): Promise<unknown> {
  const statement = { name: 'value', text: `SELECT ${expression} AS x`, values: [], shape: null };
  const { rows } = await from[executor].execute(statement);
  return (rows[0] as { x: unknown }).x;
}

describe('a value of the server', () => {
  it.each([
    ["'a'::text", 'a'],
    ["'x'::name", 'x'],
    ['true', true],
    ['NULL::bool', null],
    ['(-32768)::int2', -32_768],
    ['2147483647', 2_147_483_647],
    ['9007199254740991::int8', Number.MAX_SAFE_INTEGER],
    ['1.50::numeric', '1.50'],
    ["'NaN'::numeric", 'NaN'],
    ["'-Infinity'::float8", Number.NEGATIVE_INFINITY],
    ['0.1::float8', 0.1],
    ["'2026-03-29'::date", '2026-03-29'],
    ["'infinity'::date", 'infinity'],
    ["'1 mon 2 days 03:04:05'::interval", '1 mon 2 days 03:04:05'],
    ["'\\xdeadbeef'::bytea", Buffer.from('deadbeef', 'hex')],
    ["'\\x'::bytea", Buffer.alloc(0)],
    [`'{"a":[1,null]}'::jsonb`, { a: [1, null] }],
    ["'null'::json", null],
    ["'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid", '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
    ["'10.0.0.1/8'::inet", '10.0.0.1/8'],
    ["ARRAY['a','b\"\\,{}', NULL]", ['a', 'b"\\,{}', null]],
    ['ARRAY[[1,2],[3,4]]', [[1, 2], [3, 4]]], // biome-ignore format: one case a line
    ["'{}'::text[]", []],
    ["ARRAY['2026-01-02'::date]", ['2026-01-02']],
    ["ARRAY[timestamp '2026-01-02 03:04']", [new Date('2026-01-02T03:04:00Z')]],
    ['ARRAY[true,NULL]', [true, null]],
    ["ARRAY['\\x01'::bytea]", [Buffer.from([1])]],
    ['ARRAY[\'{"a":1}\'::jsonb]', [{ a: 1 }]],
  ])('of %s arrives as it should', async (expression, value) => {
    expect(await selected(expression)).toEqual(value);
  });

  it('is the same instant in every time zone of the session', async () => {
    const instant = new Date('2026-10-25T00:30:00.123Z');
    for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu']) {
      await db[executor].withSession(async (session) => {
        await session.command(`SET TIME ZONE '${zone}'`);
        const { rows } = await session.execute({
          name: 'instants',
          text: 'SELECT $1::timestamptz AS z, $2::timestamp AS t',
          values: ['2026-10-25T00:30:00.123Z', '2026-10-25T00:30:00.123'],
          shape: null,
        });
        await session.command('RESET TIME ZONE');
        expect(rows[0]).toEqual({ z: instant, t: instant });
      });
    }
  });

  it('is read in ISO style whatever the role is set to', async () => {
    await db[executor].execute({
      name: 'style',
      text: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = german', current_database());
        EXECUTE format('ALTER DATABASE %I SET bytea_output = escape', current_database()); END $$`,
      values: [],
      shape: null,
    });
    const other = await createDatabase({ connectionString: server.url });
    expect(await selected("timestamptz '2026-01-02 03:04:05+00'", other)).toEqual(
      new Date('2026-01-02T03:04:05Z'),
    );
    expect(await selected("'\\x00ff'::bytea", other)).toEqual(Buffer.from([0, 255]));
    await other.close();
  });

  it('comes as a string where int8 is asked for as one', async () => {
    expect(await selected('9223372036854775807', withStrings)).toBe('9223372036854775807');
    expect(await selected('ARRAY[1::int8]', withStrings)).toEqual(['1']);
  });

  it('that cannot be held names its column, and never itself', async () => {
    for (const [expression, message] of [
      ['9007199254740992::int8', 'column x holds an int8 beyond 2^53 - 1'],
      ["'infinity'::timestamptz", 'column x holds an instant that a Date cannot'],
      ["'294276-01-01'::timestamp", 'column x holds an instant that a Date cannot'],
      ["ARRAY['-infinity'::timestamp]", 'column x holds an instant that a Date cannot'],
    ] as const) {
      const failed = expect(selected(expression)).rejects;
      await failed.toThrow(UnexpectedResultError);
      await expect(selected(expression)).rejects.toThrow(`value: ${message}`);
      await expect(selected(expression)).rejects.not.toThrow(/9007199254740992|294276/);
    }
  });

  it('that is a parameter goes out as it is', async () => {
    const values = ['a\\"{}', 7, 1.5, 9_223_372_036_854_775_807n, true, null, Buffer.from([0, 1]), ['x,"\\', null, 'NULL']]; // biome-ignore format: one line
    const { rows } = await db[executor].execute({
      name: 'echo',
      text: 'SELECT $1::text AS a, $2::int AS b, $3::float8 AS c, $4::int8::text AS d, $5::bool AS e, $6::text AS f, $7::bytea AS g, $8::text[] AS h',
      values,
      shape: null,
    });
    expect(Object.values(rows[0] as object)).toEqual(values.map((v) => (typeof v === 'bigint' ? String(v) : v))); // biome-ignore format: one line
  });

  it('that is undefined, a Date or an object is refused before anything is sent', async () => {
    for (const value of [undefined, new Date(), { a: 1 }, Symbol('s'), [new Date()]]) {
      const statement = { name: 'bad', text: 'SELECT $1::text', values: [value], shape: null };
      await expect(db[executor].execute(statement)).rejects.toMatchObject({
        code: 'TOTHUB_CORE_INVALID_INPUT',
      });
    }
    const many = Array.from({ length: 65_536 }, () => 1);
    const statement = { name: 'many', text: 'SELECT 1', values: many, shape: null };
    await expect(db[executor].execute(statement)).rejects.toThrow('many has 65536 parameters');
  });
});
