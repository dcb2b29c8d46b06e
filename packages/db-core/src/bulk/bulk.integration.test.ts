import { setTimeout as pause } from 'node:timers/promises';
import { testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createDatabase, type Database } from '../database/create-database.ts';
import { executor, type WriteDatabase } from '../database/database.ts';
import {
  CancelledError,
  ConnectionLostError,
  InvalidInputError,
  NotNullViolationError,
  ServerUnavailableError,
  StatementTimeoutError,
  UndefinedTableError,
  UniqueViolationError,
} from '../errors.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { withTransaction } from '../transaction/with-transaction.ts';
import type { BulkColumns } from './columns.ts';
import { copyRows } from './copy-rows.ts';
import { insertMany } from './insert-many.ts';

const SCHEMA = 'odd "schema". ü';
const TABLE = `odd '"table"\\\n${'ü'.repeat(20)}`;
const QUOTED = `${quoted(SCHEMA)}.${quoted(TABLE)}`;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

let url: string;
let db: Database;
let admin: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testDatabase();
  ({ drop, url } = database);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  // How dates are read by default must not matter.
  await admin.query(`ALTER DATABASE ${database.name} SET DateStyle = 'SQL, DMY'`);
  await admin.query(`ALTER DATABASE ${database.name} SET TimeZone = 'America/New_York'`);
  await admin.query(`
    CREATE SCHEMA ${quoted(SCHEMA)};
    CREATE TABLE ${QUOTED} (
      id int PRIMARY KEY, "te""xt" text, b bool, i2 int2, i8 int8, f8 float8, n numeric, d date, ts timestamp,
      tz timestamptz, u uuid, j json, jb jsonb, by bytea, ta text[], ia int4[], v varchar(40)
    );
    CREATE TABLE generated (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE,
      length int GENERATED ALWAYS AS (length(name)) STORED, made text DEFAULT 'by default'
    )`);
  db = await createDatabase({ connectionString: url });
});

afterAll(async () => {
  await db?.close();
  await admin?.end();
  await drop?.();
});

beforeEach(() => admin.query(`TRUNCATE generated RESTART IDENTITY; TRUNCATE ${QUOTED}`));

const ALL = {
  id: ['id', 'int4'],
  text: ['te"xt', 'text'],
  bool: ['b', 'bool'],
  int2: ['i2', 'int2'],
  int8: ['i8', 'int8'],
  float8: ['f8', 'float8'],
  numeric: ['n', 'numeric'],
  date: ['d', 'date'],
  timestamp: ['ts', 'timestamp'],
  timestamptz: ['tz', 'timestamptz'],
  uuid: ['u', 'uuid'],
  json: ['j', 'json'],
  jsonb: ['jb', 'jsonb'],
  bytea: ['by', 'bytea'],
  texts: ['ta', '_text'],
  numbers: ['ia', '_int4'],
  varchar: ['v', 'text'],
} as const satisfies BulkColumns;

const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '',
      'NULL',
      '\\N',
      '\\.',
      '\\',
      '"',
      '{',
      '}',
      ',',
      '\t',
      '\n',
      '\r\n',
      "'",
      '$1',
      ' ',
      '\u{feff}',
      '\b\v\f',
    ),
  )
  .map((value) => value.replaceAll('\0', ''));
const jsonValue = fc
  .jsonValue({ noUnicodeString: false, stringUnit: 'grapheme' })
  .filter((value) => !JSON.stringify(value).includes('u0000'));
const or = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 5 });

const row = fc.record({
  text: or(text),
  bool: or(fc.boolean()),
  int2: or(fc.integer({ min: -32_768, max: 32_767 })),
  int8: or(
    fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.maxSafeInteger(),
      fc.constant('-9223372036854775808'),
    ),
  ),
  float8: or(fc.oneof(fc.double(), fc.constantFrom(-0, 5e-324, Number.MAX_VALUE))),
  numeric: or(
    fc.oneof(
      fc.constantFrom(
        'NaN',
        '-Infinity',
        '0.10',
        '1e-20',
        '123456789012345678901234567890.123456789',
      ),
      fc.bigInt(),
    ),
  ),
  date: or(fc.constantFrom('2026-02-28', '0001-01-01', '9999-12-31', 'infinity', '0044-03-15 BC')),
  timestamp: or(
    fc.oneof(
      fc.date({ min: new Date(-6.2e13 * 3), max: new Date(8.6e15), noInvalidDate: true }),
      fc.constantFrom('2026-01-01T10:00:00.123456', 'infinity'),
    ),
  ),
  timestamptz: or(
    fc.oneof(
      fc.date({ min: new Date(-6.2e13 * 3), max: new Date(8.6e15), noInvalidDate: true }),
      fc.constantFrom('2026-01-01T10:00:00.123456+05:30', '-infinity'),
    ),
  ),
  uuid: or(fc.uuid()),
  json: or(jsonValue.filter((value) => value !== null)),
  jsonb: or(jsonValue.filter((value) => value !== null)),
  bytea: or(fc.uint8Array()),
  texts: or(fc.array(or(text))),
  numbers: or(fc.array(or(fc.integer()))),
  varchar: or(text.map((value) => [...value].slice(0, 40).join(''))),
});

type Row = Parameters<typeof insertMany<typeof ALL>>[1]['rows'][number];

/** What the server must have, written by one plain parameter a value. */
async function expectStored(rows: readonly Row[]): Promise<void> {
  const number = (value: unknown) => (Object.is(value, -0) ? '-0' : String(value));
  for (const one of rows) {
    const { rows: found } = await admin.query(
      `SELECT "te""xt" IS NOT DISTINCT FROM $2 AND b IS NOT DISTINCT FROM $3 AND i2 IS NOT DISTINCT FROM $4
          AND i8 IS NOT DISTINCT FROM $5 AND f8::text IS NOT DISTINCT FROM $6::float8::text AND n::text IS NOT DISTINCT FROM $7::numeric::text
          AND d IS NOT DISTINCT FROM $8::date AND u IS NOT DISTINCT FROM $9 AND j::text IS NOT DISTINCT FROM $10
          AND jb IS NOT DISTINCT FROM $11::jsonb AND by IS NOT DISTINCT FROM $12 AND ta IS NOT DISTINCT FROM $13
          AND ia IS NOT DISTINCT FROM $14::int[] AND v IS NOT DISTINCT FROM $15 AS same,
          CASE WHEN isfinite(ts) THEN (extract(epoch FROM ts) * 1000)::text ELSE ts::text END AS ts,
          CASE WHEN isfinite(tz) THEN (extract(epoch FROM tz) * 1000)::text ELSE tz::text END AS tz
       FROM ${QUOTED} WHERE id = $1`,
      [
        one.id,
        one.text,
        one.bool,
        one.int2,
        one.int8 === null ? null : String(one.int8),
        one.float8 === null ? null : number(one.float8),
        one.numeric === null ? null : String(one.numeric),
        one.date,
        one.uuid,
        one.json === null ? null : JSON.stringify(one.json),
        one.jsonb === null ? null : JSON.stringify(one.jsonb),
        one.bytea,
        one.texts,
        one.numbers,
        one.varchar,
      ],
    );
    expect(found).toHaveLength(1);
    expect(found[0].same).toBe(true);
    for (const [value, stored] of [
      [one.timestamp, found[0].ts],
      [one.timestamptz, found[0].tz],
    ] as const) {
      if (value instanceof Date) expect(Number(stored)).toBe(value.getTime());
      else if (value?.includes('infinity') || value === null) expect(stored).toBe(value);
      else expect(stored).toMatch(/\.456000$/);
    }
  }
}

test.each([
  [
    'insertMany',
    (rows: readonly Row[], to: WriteDatabase) =>
      insertMany(to, { into: [SCHEMA, TABLE], columns: ALL, rows }),
  ],
  [
    'copyRows',
    (rows: readonly Row[], to: WriteDatabase) =>
      copyRows(to, { into: [SCHEMA, TABLE], columns: ALL, rows }),
  ],
] as const)('%s stores every value exactly, in a table of any name', async (_name, store) => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (values) => {
      await admin.query(`TRUNCATE ${QUOTED}`);
      const rows = values.map((value, id) => ({ id, ...value }));
      expect(await store(rows, db)).toBe(rows.length);
      await expectStored(rows);
    }),
    { numRuns: 60 },
  );
});

const NAMES = { name: ['name', 'text'] } as const satisfies BulkColumns;
const GENERATED = ['public', 'generated'] as const;

function named(count: number, prefix = 'n'): { name: string }[] {
  return Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}` }));
}

async function stored(): Promise<number> {
  const { rows } = await admin.query('SELECT count(*)::int AS count FROM generated');
  return rows[0].count;
}

const idRow = z.object({
  id: pgType.int4,
  length: pgType.int4.nullable(),
  made: pgType.text.nullable(),
});

test('insertMany gives back what the server made, over several batches and in order', async () => {
  const made = await insertMany(db, {
    into: GENERATED,
    columns: NAMES,
    rows: named(22_001),
    returning: { sql: sql`id, length, made`, row: idRow },
  });
  expect(made).toHaveLength(22_001);
  expect(made.at(-1)).toEqual({ id: 22_001, length: 6, made: 'by default' });
  expect(made.map(({ id }) => id)).toEqual(Array.from({ length: 22_001 }, (_, at) => at + 1));
});

test('insertMany cuts long rows into batches of bounded size', async () => {
  const long = named(9).map(({ name }) => ({ name: name.repeat(500_000) }));
  await admin.query('ALTER TABLE generated DROP CONSTRAINT generated_name_key');
  expect(await insertMany(db, { into: GENERATED, columns: NAMES, rows: long })).toBe(9);
  expect(await stored()).toBe(9);
  await admin.query('TRUNCATE generated; ALTER TABLE generated ADD UNIQUE (name)');
});

test('insertMany sends nothing for no rows', async () => {
  expect(await insertMany(db, { into: ['no', 'such table'], columns: NAMES, rows: [] })).toBe(0);
  const returning = { sql: sql`id`, row: z.object({ id: pgType.int4 }) };
  expect(await insertMany(db, { into: GENERATED, columns: NAMES, rows: [], returning })).toEqual(
    [],
  );
});

test('insertMany does as told on a conflict, with values of its own', async () => {
  await insertMany(db, { into: GENERATED, columns: NAMES, rows: named(3) });
  const ignored = insertMany(db, {
    into: GENERATED,
    columns: NAMES,
    rows: named(5),
    onConflict: sql`DO NOTHING`,
  });
  expect(await ignored).toBe(2);
  const updated = await insertMany(db, {
    into: GENERATED,
    columns: NAMES,
    rows: named(2),
    onConflict: sql`(name) DO UPDATE SET made = ${"it's"} || excluded.name`,
    returning: {
      sql: sql`made || ${'!'} AS made`,
      row: z.object({ made: pgType.text.nullable() }),
    },
  });
  expect(updated).toEqual([{ made: "it'sn0!" }, { made: "it'sn1!" }]);
});

test('insertMany stores nothing of several batches when the last one fails', async () => {
  const rows = [...named(22_000), { name: 'n0' }];
  await expect(insertMany(db, { into: GENERATED, columns: NAMES, rows })).rejects.toThrow(
    UniqueViolationError,
  );
  expect(await stored()).toBe(0);
});

test('insertMany of several batches fails alone in a transaction, which goes on', async () => {
  await withTransaction(db, {}, async (tx) => {
    await insertMany(tx, { into: GENERATED, columns: NAMES, rows: named(1, 'kept') });
    const rows = [...named(22_000), { name: 'n0' }];
    await expect(insertMany(tx, { into: GENERATED, columns: NAMES, rows })).rejects.toThrow(
      UniqueViolationError,
    );
    await copyRows(tx, { into: GENERATED, columns: NAMES, rows: named(2, 'copied') });
  });
  expect(await stored()).toBe(3);
});

const REFUSED: readonly (readonly [keyof typeof ALL, unknown])[] = [
  ['text', 'Mia\0'],
  ['text', 'Mia\ud800'],
  ['text', 7],
  ['text', undefined],
  ['bool', 'true'],
  ['int2', 32_768],
  ['int2', 1.5],
  ['int8', 2 ** 53],
  ['int8', '1e3'],
  ['float8', '1'],
  ['numeric', 0.1],
  ['date', new Date(0)],
  ['timestamp', new Date(Number.NaN)],
  ['timestamptz', 0],
  ['json', () => 1],
  ['jsonb', { deep: ['Mia\0'] }],
  ['bytea', 'Mia'],
  ['texts', ['a', 'Mia\0']],
  ['texts', 'Mia'],
  ['numbers', ['1']],
  [
    'json',
    {
      toJSON: () => {
        throw new Error('Mia');
      },
    },
  ],
];

test.each(REFUSED)(
  'refuses a value of %s that cannot be stored as it is: %o',
  async (key, value) => {
    const columns = { id: ALL.id, [key]: ALL[key] };
    const rows = [
      { id: 1, [key]: null },
      { id: 2, [key]: value },
    ];
    const into = [SCHEMA, TABLE] as const;
    for (const store of [
      insertMany(db, { into, columns, rows }),
      copyRows(db, { into, columns, rows }),
    ]) {
      const error = await store.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(String(error)).toMatch(new RegExp(`row 2, column ${key} .* no row was stored\\.$`));
      expect(String(error)).not.toContain('Mia');
    }
    expect((await admin.query(`SELECT FROM ${QUOTED}`)).rowCount).toBe(0);
  },
);

test('keeps a backslash in front of u0000 apart from the character', async () => {
  const columns = { id: ALL.id, jsonb: ALL.jsonb };
  await insertMany(db, { into: [SCHEMA, TABLE], columns, rows: [{ id: 1, jsonb: '\\u0000' }] });
  const { rows } = await admin.query(`SELECT jb #>> '{}' AS value FROM ${QUOTED}`);
  expect(rows).toEqual([{ value: '\\u0000' }]);
});

/** A database of one connection, so that one that is not usable any more, or another one, is noticed. */
async function onOneConnection(use: (one: Database) => Promise<void>): Promise<void> {
  const one = await createDatabase({ connectionString: url, maxConnections: 1 });
  const pid = async () => {
    const query = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid', values: [], shape: null };
    return (await one[executor].execute(query)).rows[0];
  };
  try {
    const before = await pid();
    await use(one);
    expect(await pid()).toEqual(before);
    expect(await copyRows(one, { into: GENERATED, columns: NAMES, rows: named(2, 'after') })).toBe(
      2,
    );
    expect(await stored()).toBe(2);
  } finally {
    await one.close();
  }
}

test('copyRows leaves the columns to the server that are not named', async () => {
  await copyRows(db, { into: GENERATED, columns: NAMES, rows: named(2) });
  const { rows } = await admin.query('SELECT * FROM generated ORDER BY id');
  expect(rows).toEqual([
    { id: 1, name: 'n0', length: 2, made: 'by default' },
    { id: 2, name: 'n1', length: 2, made: 'by default' },
  ]);
  expect(await copyRows(db, { into: GENERATED, columns: NAMES, rows: [] })).toBe(0);
});

test('copyRows throws the error of its rows, stores nothing, and keeps the connection', async () => {
  await onOneConnection(async (one) => {
    async function* rows() {
      yield* named(30_000);
      throw new TypeError('The file ends in the middle.');
    }
    const copy = copyRows(one, { into: GENERATED, columns: NAMES, rows: rows() });
    await expect(copy).rejects.toThrow(new TypeError('The file ends in the middle.'));
  });
});

test('copyRows throws the error of the server although its rows have stalled, and closes them', async () => {
  await onOneConnection(async (one) => {
    const { promise: stall, resolve: goOn } = Promise.withResolvers<void>();
    let isClosed = false;
    async function* rows() {
      try {
        // Enough for pieces to be sent, with two rows that are the same.
        yield* [...named(20_000), { name: 'n7' }, ...named(20_000, 'm')];
        await stall;
        yield { name: 'late' };
      } finally {
        isClosed = true;
      }
    }
    const copy = copyRows(one, { into: GENERATED, columns: NAMES, rows: rows() });
    await expect(copy).rejects.toThrow(UniqueViolationError);
    expect(isClosed).toBe(false);
    goOn();
    await expect.poll(() => isClosed).toBe(true);
  });
});

test('copyRows throws the error of the server for a table that is not there', async () => {
  await onOneConnection(async (one) => {
    const copy = copyRows(one, { into: ['public', 'nowhere'], columns: NAMES, rows: named(10) });
    await expect(copy).rejects.toThrow(UndefinedTableError);
  });
});

test('copyRows throws the error of the server for a row that it refuses', async () => {
  await onOneConnection(async (one) => {
    const rows = [{ name: 'n' }, { name: null }];
    const copy = copyRows(one, { into: GENERATED, columns: NAMES, rows });
    await expect(copy).rejects.toThrow(NotNullViolationError);
  });
});

test('copyRows ends by its signal while its rows stall', async () => {
  await onOneConnection(async (one) => {
    const controller = new AbortController();
    const rows = stalling(named(20_000), () => controller.abort(new Error('enough')));
    const copy = copyRows(one, {
      into: GENERATED,
      columns: NAMES,
      rows,
      signal: controller.signal,
    });
    await expect(copy).rejects.toThrow(CancelledError);
  });
});

test('copyRows ends by its signal while the server waits for a lock', async () => {
  await onOneConnection(async (one) => {
    await admin.query('BEGIN; LOCK TABLE generated');
    const copy = copyRows(one, {
      into: GENERATED,
      columns: NAMES,
      rows: named(10),
      signal: AbortSignal.timeout(50),
    });
    await expect(copy).rejects.toThrow(CancelledError);
    await admin.query('COMMIT');
  });
});

/** Gives rows and then nothing more, for ever. */
async function* stalling<T>(rows: Iterable<T>, stalls = () => {}): AsyncGenerator<T> {
  yield* rows;
  setTimeout(stalls, 20);
  await new Promise(() => {});
}

test('copyRows takes rows no faster than the server does', async () => {
  await admin.query(`
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock_shared(824); RETURN new; END $$;
    CREATE TRIGGER wait BEFORE INSERT ON generated FOR EACH ROW EXECUTE FUNCTION wait();
    SELECT pg_advisory_lock(824)`);
  const controller = new AbortController();
  let taken = 0;
  function* rows() {
    for (;;) yield { name: `${++taken}`.padEnd(10_000, 'x') };
  }
  const target = { into: GENERATED, columns: NAMES };
  const copy = copyRows(db, { ...target, rows: rows(), signal: controller.signal });
  const ended = copy.catch((error: unknown) => error);
  // What the network holds between the two is full after a while.
  let before = -1;
  while (taken === 0 || before !== taken) {
    before = taken;
    await pause(200);
  }
  expect(taken).toBeGreaterThan(0);
  controller.abort();
  expect(await ended).toBeInstanceOf(CancelledError);
  await admin.query('SELECT pg_advisory_unlock(824); DROP TRIGGER wait ON generated');
});

test('copyRows tells that the connection was lost, stores nothing, and the pool goes on', async () => {
  const copy = copyRows(db, { into: GENERATED, columns: NAMES, rows: stalling(named(60_000)) });
  const ended = copy.catch((error: unknown) => error);
  const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_progress_copy
    WHERE datname = current_database() AND tuples_processed > 0`;
  await expect
    .poll(async () => (await admin.query(terminate)).rowCount, { timeout: 10_000 })
    .toBe(1);
  const error = await ended;
  expect(error instanceof ServerUnavailableError || error instanceof ConnectionLostError).toBe(
    true,
  );
  expect(await stored()).toBe(0);
  expect(await copyRows(db, { into: GENERATED, columns: NAMES, rows: named(1) })).toBe(1);
});

test('copyRows may take longer than a statement, unless it is told how long', async () => {
  const patient = await createDatabase({ connectionString: url, statementTimeoutMs: 400 });
  async function* rows() {
    yield { name: 'first' };
    await pause(800);
    yield { name: 'last' };
  }
  const target = { into: GENERATED, columns: NAMES } as const;
  expect(await copyRows(patient, { ...target, rows: rows() })).toBe(2);
  const hasty = copyRows(patient, { ...target, rows: rows(), timeoutMs: 400 });
  await expect(hasty).rejects.toThrow(StatementTimeoutError);
  await patient.close();
});

test('a copyRows that fails in a transaction leaves the rest of it as it was', async () => {
  await withTransaction(db, {}, async (tx) => {
    await copyRows(tx, { into: GENERATED, columns: NAMES, rows: named(2) });
    const again = copyRows(tx, { into: GENERATED, columns: NAMES, rows: named(3) });
    await expect(again).rejects.toThrow(UniqueViolationError);
    await copyRows(tx, { into: GENERATED, columns: NAMES, rows: named(2, 'm') });
  });
  expect(await stored()).toBe(4);
});
