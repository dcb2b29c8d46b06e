import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  SeedConnectionError,
  SeedOptionsError,
  type SeedProgress,
  SeedServerError,
  seedDatabase,
} from './index.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const seed = (options: Partial<Parameters<typeof seedDatabase>[0]> = {}) =>
  seedDatabase({ connectionString: database.url, ...options });

const table = (name: string) => ({ schema: 'public', name });

const rowsOf = async (query: string): Promise<unknown[]> => (await client.query(query)).rows;

const countOf = async (name: string): Promise<number> =>
  Number((await client.query<{ count: string }>(`SELECT count(*) FROM ${name}`)).rows[0]?.count);

/** The sessions of this database that wait for a lock. */
const waiting =
  'SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())';

const shop = `
  CREATE TABLE customer (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), first_name text NOT NULL, last_name text NOT NULL,
    email text NOT NULL UNIQUE, phone text, created_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE purchase (id serial PRIMARY KEY, customer_id uuid NOT NULL REFERENCES customer, total numeric(8,2) NOT NULL CHECK (total > 0),
    status text NOT NULL DEFAULT 'new', notes text)`;

describe('the same seed', () => {
  test('gives the same rows, down to the value', async () => {
    await client.query(shop);
    await seed({ rows: 3 });
    expect(await rowsOf('SELECT * FROM customer ORDER BY email')).toMatchInlineSnapshot(`
      [
        {
          "created_at": 2025-07-02T02:56:00.000Z,
          "email": "dakota.lueilwitz1@example.org",
          "first_name": "Dakota",
          "id": "51babf0e-aad4-46d2-81d0-6ce14ff2f4e4",
          "last_name": "Lueilwitz",
          "phone": "202-555-0182",
        },
        {
          "created_at": 2025-08-04T00:31:00.000Z,
          "email": "etha.goyette2@example.org",
          "first_name": "Etha",
          "id": "08b1afdd-d68e-4988-8091-cbd6bb8b5067",
          "last_name": "Goyette",
          "phone": "202-555-0121",
        },
        {
          "created_at": 2025-08-01T22:59:00.000Z,
          "email": "genoveva.roob3@example.org",
          "first_name": "Genoveva",
          "id": "62834ca9-ac10-4794-b399-988d0fcebc42",
          "last_name": "Roob",
          "phone": "202-555-0112",
        },
      ]
    `);
    expect(await rowsOf('SELECT * FROM purchase ORDER BY id')).toMatchInlineSnapshot(`
      [
        {
          "customer_id": "08b1afdd-d68e-4988-8091-cbd6bb8b5067",
          "id": 1,
          "notes": "Curto aiunt in vulticulus.",
          "status": "new",
          "total": "239.41",
        },
        {
          "customer_id": "51babf0e-aad4-46d2-81d0-6ce14ff2f4e4",
          "id": 2,
          "notes": "Succedo incidunt animi neque argentum.",
          "status": "new",
          "total": "249.39",
        },
        {
          "customer_id": "62834ca9-ac10-4794-b399-988d0fcebc42",
          "id": 3,
          "notes": "Crapula canto adsum studio demulceo perferendis tabesco.",
          "status": "new",
          "total": "91.39",
        },
      ]
    `);
  });

  test('gives the same values when columns and tables are added; another seed gives others', async () => {
    const draw = async (sql: string, number: number): Promise<unknown[]> => {
      await client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${sql}`);
      await seed({ rows: 6, seed: number });
      return rowsOf(
        'SELECT email, phone, created_at, total, notes FROM customer JOIN purchase ON customer_id = customer.id ORDER BY purchase.id',
      );
    };
    const first = await draw(shop, 7);
    const wider = shop.replace('phone text', 'age int, phone text, city text NOT NULL');
    expect(await draw(`CREATE TABLE a_new_one (id int); ${wider}`, 7)).toEqual(first);
    expect(await draw(shop, 8)).not.toEqual(first);
  });

  test('keeps a range of rows, a number of its own for each table', async () => {
    await client.query(
      'CREATE TABLE a (v int); CREATE TABLE b (v int); CREATE TABLE c (v int); CREATE TABLE d (v int)',
    );
    const { tables } = await seed({ rows: { min: 2, max: 4 } });
    for (const { rows } of tables) expect([2, 3, 4]).toContain(rows);
  });
});

describe('only what is empty', () => {
  test('is filled, and a second run finds nothing to do', async () => {
    await client.query(
      `${shop}; INSERT INTO customer (first_name, last_name, email) VALUES ('x', 'y', 'z')`,
    );
    const before = await rowsOf('SELECT * FROM customer');
    expect((await seed({ rows: 5 })).tables).toEqual([
      { schema: 'public', table: 'purchase', rows: 5 },
    ]);
    expect(await rowsOf('SELECT * FROM customer')).toEqual(before);
    expect(await rowsOf('SELECT DISTINCT customer_id FROM purchase')).toHaveLength(1);
    expect(await seed()).toEqual({ tables: [], skipped: [] });
  });

  test('says why a table that was named is left alone', async () => {
    await client.query(`${shop}; CREATE TABLE full_one AS SELECT 1 AS v; CREATE VIEW looking AS SELECT 1 AS v;
      CREATE TABLE parted (v int) PARTITION BY LIST (v); CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1)`);
    const names = ['purchase', 'full_one', 'looking', 'parted_1', 'nowhere', 'customer'];
    const { tables, skipped } = await seed({
      tables: names.map(table),
      exclude: [table('customer')],
    });
    expect(tables).toEqual([]);
    expect(skipped.map((one) => `${one.table}: ${one.reason}`)).toMatchInlineSnapshot(`
      [
        "looking: it is a view",
        "parted_1: it is a partition of public.parted: choose that table",
        "nowhere: there is no such table",
        "customer: it is excluded",
        "full_one: it already holds rows",
        "purchase: foreign key purchase_customer_id_fkey needs a row in public.customer, which is empty and was not chosen",
      ]
    `);
  });

  test('leaves the ledgers of migration tools alone, and every view', async () => {
    await client.query(
      'CREATE TABLE schema_migrations (version text); CREATE TABLE "SequelizeMeta" (name text); CREATE VIEW v AS SELECT 1 AS one',
    );
    expect(await seed()).toEqual({ tables: [], skipped: [] });
  });

  test('adds to a table with rows when asked to, around the keys that are taken', async () => {
    await client.query(`CREATE TABLE a (id int PRIMARY KEY, kind text NOT NULL); CREATE UNIQUE INDEX ON a (lower(kind));
      INSERT INTO a SELECT n, 'kind ' || n FROM generate_series(1, 8) AS n`);
    const before = await rowsOf('SELECT * FROM a ORDER BY id');
    expect(await seed({ tables: [table('a')], intoNonEmpty: true, rows: 8 })).toEqual({
      tables: [{ schema: 'public', table: 'a', rows: 8 }],
      skipped: [],
    });
    expect(await countOf('a')).toBe(16);
    expect(await rowsOf(`SELECT * FROM a WHERE kind LIKE 'kind %' ORDER BY id`)).toEqual(before);
  });

  test('writes nothing on a dry run, and reports what it would', async () => {
    await client.query(shop);
    const dry = await seed({ dryRun: true });
    expect(await countOf('customer')).toBe(0);
    expect(await seed()).toEqual(dry);
  });
});

describe('beside others', () => {
  test('two runs at once fill every table once', async () => {
    await client.query(`${shop}; CREATE TABLE third (id int PRIMARY KEY)`);
    const results = await Promise.all([seed({ rows: 6 }), seed({ rows: 6 }), seed({ rows: 6 })]);
    expect(results.map(({ tables }) => tables.length).sort()).toEqual([0, 0, 3]);
    for (const name of ['customer', 'purchase', 'third']) expect(await countOf(name)).toBe(6);
  });

  test('a table that another session is filling is left to it', async () => {
    await client.query('CREATE TABLE busy (v int); CREATE TABLE free (v int)');
    await client.query('BEGIN; INSERT INTO busy VALUES (1)');
    try {
      expect(await seed({ lockTimeoutMs: 100, rows: 5 })).toEqual({
        tables: [{ schema: 'public', table: 'free', rows: 5 }],
        skipped: [
          { schema: 'public', table: 'busy', reason: 'another session holds a lock on it' },
        ],
      });
    } finally {
      await client.query('COMMIT');
    }
    expect(await countOf('busy')).toBe(1);
  });

  test('a table that was filled while the lock was waited for stays as it is', async () => {
    await client.query('CREATE TABLE busy (v int)');
    await client.query('BEGIN; INSERT INTO busy VALUES (1)');
    const running = seed();
    await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1);
    await client.query('COMMIT');
    expect((await running).skipped).toEqual([
      {
        schema: 'public',
        table: 'busy',
        reason: 'a trigger or another session has filled it in the meantime',
      },
    ]);
    expect(await countOf('busy')).toBe(1);
  });

  test('the next insert of the application finds the sequence where it should be', async () => {
    await client.query(`CREATE TABLE a (id serial PRIMARY KEY, parent_id int NOT NULL REFERENCES a);
      CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v int)`);
    await seed();
    await client.query('INSERT INTO b (v) VALUES (1)');
    await client.query('INSERT INTO a (parent_id) SELECT min(id) FROM a');
  });

  test('triggers fire as for the application, with its search path', async () => {
    await client.query(`CREATE TABLE seen (n int); CREATE TABLE a (id serial PRIMARY KEY);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (NEW.id); RETURN NEW; END $$;
      CREATE TRIGGER note AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION note()`);
    await seed({ tables: [table('a')], rows: 5 });
    expect(await countOf('seen')).toBe(5);
  });
});

describe('a role with few rights', () => {
  const role = 'seed_test_role';
  const as = (options: Partial<Parameters<typeof seedDatabase>[0]> = {}) => {
    const url = new URL(database.url);
    url.username = role;
    return seed({ connectionString: url.href, rows: 5, ...options });
  };

  beforeAll(() => client.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN`));
  afterAll(() => client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));

  test('fills what it may write and names what it may not', async () => {
    await client.query(`CREATE TABLE writable (id serial PRIMARY KEY, v int); CREATE TABLE readable (v int); CREATE TABLE hidden (v int);
      GRANT SELECT, INSERT ON writable TO ${role}; GRANT USAGE ON SEQUENCE writable_id_seq TO ${role}; GRANT SELECT ON readable TO ${role};
      GRANT USAGE ON SCHEMA public TO ${role}`);
    const { tables, skipped } = await as();
    expect(tables).toEqual([{ schema: 'public', table: 'writable', rows: 5 }]);
    expect(skipped.map((one) => `${one.table}: ${one.reason}`)).toMatchInlineSnapshot(`
      [
        "hidden: this role may not read it, so whether it is empty cannot be known",
        "readable: this role may not insert into it",
      ]
    `);
  });

  test('writes through INSERT under row-level security, where COPY is not allowed', async () => {
    await client.query(`CREATE TABLE open_one (id int GENERATED ALWAYS AS IDENTITY, v text NOT NULL, e numeric(4,2) CHECK (e > 1)); CREATE TABLE closed_one (v int); CREATE TABLE hiding (v int); INSERT INTO hiding VALUES (1);
      ALTER TABLE open_one ENABLE ROW LEVEL SECURITY; ALTER TABLE closed_one ENABLE ROW LEVEL SECURITY; ALTER TABLE hiding ENABLE ROW LEVEL SECURITY;
      CREATE POLICY p ON open_one USING (true) WITH CHECK (true);
      GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO ${role}; GRANT USAGE ON SCHEMA public TO ${role}`);
    const { tables, skipped } = await as();
    expect(tables).toEqual([{ schema: 'public', table: 'open_one', rows: 5 }]);
    expect(skipped.map((one) => `${one.table}: ${one.reason}`)).toMatchInlineSnapshot(`
      [
        "hiding: row-level security may hide rows of it, so whether it is empty cannot be known",
        "closed_one: a row-level security policy refuses the rows",
      ]
    `);
    expect(await countOf('hiding')).toBe(1);
  });
});

describe('when the run cannot go on', () => {
  test('an abort leaves nothing behind', async () => {
    await client.query('CREATE TABLE a (v int); CREATE TABLE b (v int); CREATE TABLE c (v int)');
    const controller = new AbortController();
    const reason = new Error('enough');
    const seen: SeedProgress[] = [];
    const run = seed({
      rows: 5,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (seen.length === 2) controller.abort(reason);
      },
    });
    await expect(run).rejects.toBe(reason);
    expect(seen.map((one) => `${one.done}/${one.total} ${one.table} ${one.rows}`)).toEqual([
      '1/3 a 5',
      '2/3 b 5',
    ]);
    expect([await countOf('a'), await countOf('b')]).toEqual([0, 0]);
  });

  test('an abort ends a run that waits for another one', async () => {
    await client.query('CREATE TABLE a (v int)');
    await client.query('BEGIN; LOCK TABLE a IN SHARE MODE');
    const controller = new AbortController();
    const run = seed({ signal: controller.signal }).catch((thrown: unknown) => thrown);
    await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1);
    controller.abort(new Error('enough'));
    expect(await run).toBe(controller.signal.reason);
    await expect
      .poll(async () => {
        const left = await client.query(
          'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
        return left.rowCount;
      })
      .toBe(0);
    await client.query('ROLLBACK');
    expect(await countOf('a')).toBe(0);
  });

  test('a connection that is cut leaves nothing behind', async () => {
    await client.query('CREATE TABLE a (v int); CREATE TABLE b (v int)');
    await client.query('BEGIN; LOCK TABLE b IN SHARE MODE');
    const run = seed().catch((thrown: unknown) => thrown);
    // Once a is filled, the run waits for b.
    await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1);
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await client.query('COMMIT');
    expect(await run).toBeInstanceOf(SeedConnectionError);
    expect([await countOf('a'), await countOf('b')]).toEqual([0, 0]);
  });

  test('a server that cannot be reached is one clear sentence without the password', async () => {
    const error = await seed({ connectionString: 'postgres://me:s3cret@127.0.0.1:1/x' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SeedConnectionError);
    expect(`${error}`).toMatchInlineSnapshot(
      `"SeedConnectionError: The database could not be reached. Check the URL, the password and that the server is up."`,
    );
    const odd = await seed({ connectionString: 'postgres://me:s3cret@[bad/x' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(odd).toBeInstanceOf(SeedConnectionError);
    expect(
      JSON.stringify(odd, Object.getOwnPropertyNames(odd)) + String((odd as Error).cause),
    ).not.toContain('s3cret');
  });

  test('a role that is read-only by default stays so', async () => {
    await client.query('CREATE TABLE a (v int)');
    const options = encodeURIComponent('-c default_transaction_read_only=on');
    const error = await seed({ connectionString: `${database.url}&options=${options}` }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SeedServerError);
    expect(`${error}`).toMatchInlineSnapshot(
      `"SeedServerError: The server refused the run: cannot execute COPY FROM in a read-only transaction (SQLSTATE 25006). Nothing was written. Remove the cause and run again."`,
    );
    expect(await countOf('a')).toBe(0);
  });

  test('options that make no sense are refused before anything is asked', async () => {
    for (const rows of [0, 1.5, Number.NaN, { min: 3, max: 2 }]) {
      await expect(seed({ rows })).rejects.toBeInstanceOf(SeedOptionsError);
    }
    await expect(seed({ now: new Date('never') })).rejects.toBeInstanceOf(SeedOptionsError);
  });
});

test('a profile decides where it speaks, unless the database has a list of its own', async () => {
  await client.query(`CREATE TABLE place (id int PRIMARY KEY); INSERT INTO place VALUES (41), (42);
    CREATE TABLE a (id serial PRIMARY KEY, low int, high int, kind text CHECK (kind IN ('x', 'y')), places int[], extra jsonb, at date)`);
  const { tables } = await seed({
    rows: 5,
    profile: {
      references: {
        places: { ...table('place'), columns: ['id'] },
        nowhere: { ...table('gone'), columns: ['id'] },
      },
      columns: {
        'a.high': ({ row }) => Number(row.low) + 1,
        'a.low': ({ index }) => index * 10,
        'a.kind': () => 'not on the list',
        'a.places': ({ rows, pick }) => [
          ...rows('places').map((one) => one.id ?? null),
          pick('nowhere')?.id ?? null,
        ],
        'a.extra': ({ row, index }) => ({
          low: row.low ?? null,
          list: [index, null, 'a "b" \\ c'],
        }),
        'a.at': ({ now }) => now,
        'a.id': ({ index }) => 100 + index,
      },
    },
  });
  expect(tables).toHaveLength(1);
  expect(
    await rowsOf('SELECT id, low, high, places, extra, at::text FROM a ORDER BY id LIMIT 2'),
  ).toEqual([
    {
      id: 100,
      low: 0,
      high: 1,
      places: [41, 42, null],
      extra: { low: 0, list: [0, null, 'a "b" \\ c'] },
      at: '2025-09-01',
    },
    {
      id: 101,
      low: 10,
      high: 11,
      places: [41, 42, null],
      extra: { low: 10, list: [1, null, 'a "b" \\ c'] },
      at: '2025-09-01',
    },
  ]);
  expect(await countOf(`a WHERE kind IS NULL`)).toBe(0);
});

test('fills thousands of rows with the same code', async () => {
  await client.query(shop);
  const { tables } = await seed({ rows: 3000 });
  expect(tables.map(({ rows }) => rows)).toEqual([3000, 3000]);
});
