import pg from 'pg';
import { expect, test } from 'vitest';
import { databaseWith, poolOf, richDatabaseSql } from '../../test/databases.ts';
import { UnsupportedServerError } from '../catalog-error.ts';
import { serialiseCatalog } from '../format/serialise-catalog.ts';
import type { Queryable } from '../queryable.ts';
import { readCatalog } from './read-catalog.ts';

/** Passes queries on, and calls `hook` before each with its number from 1 up. */
function watched(
  db: Queryable,
  hook: (number: number, text: string) => Promise<void> | void,
): Queryable {
  let count = 0;
  return {
    async query(text, values) {
      await hook(++count, text);
      return db.query(text, values);
    },
  };
}

async function queriesOf(db: Queryable): Promise<string[]> {
  const texts: string[] = [];
  await readCatalog(
    watched(db, (_number, text) => {
      texts.push(text);
    }),
  );
  return texts;
}

function tables(count: number): string {
  return `
    do $$ begin
      for i in 1..${count} loop
        execute format('create table t%s (id integer primary key, up integer references t%s, v text check (v > %L))', i, greatest(i - 1, 1), 'a');
        execute format('create index on t%s (up) where v is not null', i);
      end loop;
    end $$`;
}

test('sends the same queries for 5 tables as for 500', async () => {
  await using small = await databaseWith(tables(5));
  await using large = await databaseWith(tables(500));
  const few = await queriesOf(small.client);
  const many = await queriesOf(large.client);
  expect(many).toEqual(few);
  expect(many).toHaveLength(21);
  const catalog = await readCatalog(large.client);
  expect(catalog.relations).toHaveLength(500);
  expect(catalog.relations.flatMap((relation) => relation.indexes)).toHaveLength(1000);
});

test('reads in one read-only transaction of one snapshot', async () => {
  await using db = await databaseWith('create table seen (id integer)');
  const other = new pg.Client({ connectionString: db.url });
  await other.connect();
  const states = new Set<string>();
  const catalog = await readCatalog(
    watched(db.client, async (number, text) => {
      if (number <= 3 || text === 'commit') return;
      const { rows } = await db.client.query(
        `select concat_ws(' ', current_setting('transaction_isolation'),
           current_setting('transaction_read_only'), pg_current_snapshot()) as state`,
      );
      states.add(rows[0].state.replace(/ \d.*/, ' one snapshot'));
      await other.query('create table if not exists unseen (id integer)');
    }),
  );
  await other.end();
  expect([...states]).toEqual(['repeatable read on one snapshot']);
  expect(catalog.relations.map((relation) => relation.name)).toEqual(['seen']);
  const { rows } = await db.client.query('select pg_current_xact_id_if_assigned() as xid');
  expect(rows).toEqual([{ xid: null }]);
});

test('borrows one client of a pool and gives it back, also after an error', async () => {
  await using db = await databaseWith('create table t (id integer)');
  const pool = poolOf(db.url, 3);
  try {
    expect((await readCatalog(pool)).relations).toHaveLength(1);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await db.client.query('begin; lock table t');
    await expect(readCatalog(pool, { lockTimeoutMs: 50 })).rejects.toMatchObject({ code: '55P03' });
    await db.client.query('rollback');
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    const { rows } = await pool.query(`select current_setting('lock_timeout') as timeout`);
    expect(rows).toEqual([{ timeout: '0' }]);
    expect((await readCatalog(pool)).relations).toHaveLength(1);
  } finally {
    await pool.end();
  }
});

test('throws a client away whose connection was lost', async () => {
  await using db = await databaseWith('create table t (id integer)');
  const pool = new pg.Pool({ connectionString: db.url, max: 1 });
  // On a slow machine the client may be idle, between two tries, when it is cut off.
  pool.on('error', () => {});
  // Only the second client, which the forced drop of the database may cut off.
  let clientCount = 0;
  pool.on('connect', (client) => {
    if (++clientCount > 1) client.on('error', () => {});
  });
  try {
    await db.client.query('begin; lock table t');
    const reading = readCatalog(pool);
    const refused = expect(reading).rejects.toThrow();
    const waiting = `select pg_terminate_backend(pid) from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    while ((await db.client.query(waiting)).rows.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await db.client.query('select pg_stat_clear_snapshot()');
    }
    await refused;
    await db.client.query('rollback');
    expect((await readCatalog(pool)).relations).toHaveLength(1);
  } finally {
    await pool.end();
  }
});

test('reads what the open transaction of the caller has made, and leaves its settings alone', async () => {
  await using db = await databaseWith('create schema "My Schema"');
  const settings = `select name, setting from pg_settings
    where name in ('search_path', 'DateStyle', 'TimeZone', 'lock_timeout', 'bytea_output') order by name`;
  await db.client.query(`
    begin; create table fresh (id integer);
    set local search_path = "My Schema", public; set local timezone = 'Asia/Tokyo';
    set local datestyle = 'SQL, DMY'; set local lock_timeout = '7s'`);
  const before = await db.client.query(settings);
  const catalog = await readCatalog(db.client, { transaction: 'caller' });
  expect(catalog.relations.map((relation) => relation.name)).toEqual(['fresh']);
  expect((await db.client.query(settings)).rows).toEqual(before.rows);

  const broken = watched(db.client, async (number) => {
    if (number === 9) await db.client.query('select 1 / 0');
  });
  await expect(readCatalog(broken, { transaction: 'caller' })).rejects.toMatchObject({
    code: '22012',
  });
  expect((await db.client.query(settings)).rows).toEqual(before.rows);
  await db.client.query('rollback');
});

test('refuses the transaction of the caller where there is none', async () => {
  await using db = await databaseWith('');
  await expect(readCatalog(db.client, { transaction: 'caller' })).rejects.toMatchObject({
    code: '25P01',
  });
});

test('reads the same whatever the session has set, and whatever shadows the system catalogs', async () => {
  await using db = await databaseWith(richDatabaseSql);
  const expected = serialiseCatalog(await readCatalog(db.client));
  await db.client.query(`
    create temporary table pg_class (oid integer);
    create temporary table pg_namespace (nspname text);
    set search_path = pg_temp, app, "Odd ""Schema""";
    set quote_all_identifiers = on;
    set datestyle = 'German';
    set intervalstyle = 'iso_8601';
    set timezone = 'Asia/Kolkata';
    set extra_float_digits = -15;
    set bytea_output = 'escape';
    set standard_conforming_strings = off`);
  expect(serialiseCatalog(await readCatalog(db.client))).toBe(expected);
});

test('reads the same as a role without any right', async () => {
  await using db = await databaseWith(richDatabaseSql);
  const expected = serialiseCatalog(await readCatalog(db.client));
  const role = `reader_${(await db.client.query('select current_database() as name')).rows[0].name}`;
  await db.client.query(`
    create role ${role};
    revoke all on schema public, app from public;
    revoke all on all tables in schema app from public;
    revoke all on database ${role.replace('reader_', '')} from public`);
  try {
    const revoked = serialiseCatalog(await readCatalog(db.client));
    expect(revoked).not.toBe(expected);
    await db.client.query(`set role ${role}`);
    await expect(db.client.query('select * from app.people')).rejects.toMatchObject({
      code: '42501',
    });
    expect(serialiseCatalog(await readCatalog(db.client))).toBe(revoked);
  } finally {
    await db.client.query(`reset role; drop role ${role}`);
  }
});

test('leaves out what another session drops at any moment of the read', async () => {
  const doomed = `
    create type e as enum ('a');
    create domain d as e check (value is not null);
    create type r as range (subtype = integer);
    create table kept (id integer primary key, gone integer default 3 unique check (gone > 0));
    create table t (id integer primary key, e e default 'a', b integer check (b > 0) unique);
    create table c (p integer references t, q integer references t (b), f d, exclude (p with =));
    create index on t (b desc) where b is not null;
    create function f() returns trigger language plpgsql as 'begin return new; end';
    create trigger tr before insert on t for each row execute function f();
    create view v as select t.id, c.q from t join c on true;
    create materialized view m as select * from v;
    create rule ru as on insert to t do instead delete from c;
    create policy p on t using (b > 1);
    create table parts (a integer) partition by list (a);
    create table part partition of parts for values in (1);
    create function s() returns bigint language sql begin atomic; select count(*) from t; end;
    create sequence q owned by t.id;
    create schema gone; create table gone.t (id integer)`;
  const drop = `
    drop function s(); drop materialized view m; drop view v; drop rule ru on t; drop table c;
    drop table t; drop function f(); drop domain d; drop type e; drop type r; drop table parts;
    drop schema gone cascade; alter table kept drop column gone`;
  await using db = await databaseWith('');
  const other = new pg.Client({ connectionString: db.url });
  await other.connect();
  const dropped: boolean[] = [];
  await other.query(`set lock_timeout = '50ms'`);
  for (let step = 4; step <= 21; step++) {
    await other.query(doomed);
    const attempts: string[] = [];
    let isDropped = false;
    const catalog = await readCatalog(
      watched(db.client, async (number, text) => {
        if (text.startsWith('begin')) attempts.push(text);
        if (number !== step) return;
        // Once views have been printed, the read holds locks that keep the others from dropping anything.
        isDropped = await other.query(drop).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ code: '55P03' });
            return false;
          },
        );
      }),
    );
    dropped.push(isDropped);
    if (!isDropped) await other.query(drop);
    expect(catalog.relations.map((relation) => relation.name)).toContain('kept');
    expect(attempts, `dropped before query ${step}`).toHaveLength(1);
    await other.query('drop table kept');
  }
  await other.end();
  expect(dropped.filter(Boolean).length).toBeGreaterThanOrEqual(6);
});

test('starts over when a definition could not be printed', async () => {
  await using db = await databaseWith('create table t (id integer)');
  const log: string[] = [];
  const failing = (times: number): Queryable =>
    watched(db.client, async (_number, text) => {
      if (/^(begin|commit|rollback)/.test(text)) log.push(text.split(' ')[0] ?? '');
      if (text.includes('pg_get_viewdef') && times-- > 0) {
        await db.client.query('select pg_relation_filenode(0::regclass), 1 from nowhere');
      }
    });
  expect((await readCatalog(failing(2))).relations).toHaveLength(1);
  expect(log).toEqual(['begin', 'rollback', 'begin', 'rollback', 'begin', 'commit']);
  await expect(readCatalog(failing(5))).rejects.toMatchObject({ code: '42P01' });
});

test('refuses a server older than PostgreSQL 15', async () => {
  const old: Queryable = {
    query: async (text) => ({
      rows: text.includes('server_version')
        ? [{ row: JSON.stringify({ versionNumber: 140011, version: '14.11' }) }]
        : [],
    }),
  };
  await expect(readCatalog(old)).rejects.toThrow(UnsupportedServerError);
  await expect(readCatalog(old)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[UnsupportedServerError: The server is PostgreSQL 14.11. The catalog is read from PostgreSQL 15 and later: upgrade the server.]`,
  );
});
