import { testDatabase } from '@tothub/db-testkit/vitest';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from './create-database.ts';
import { executor } from './database.ts';
import { sharePool } from './share-pool.ts';

const server = await testDatabase();
const db = await createDatabase({ connectionString: server.url, maxConnections: 1 });
const pool = sharePool(db);
const room = pgTable('room', {
  id: integer().primaryKey(),
  name: text().notNull(),
  at: timestamp({ withTimezone: true }),
});
const drizzled = drizzle({ client: pool });

beforeAll(async () => {
  await pool.query('CREATE TABLE room (id int PRIMARY KEY, name text NOT NULL, at timestamptz)');
});
afterAll(async () => {
  await db.close();
  await server.drop();
});

const pidOf = async (): Promise<unknown> =>
  (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;

describe('a shared pool', () => {
  it('serves Drizzle: queries, prepared statements and transactions', async () => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    await drizzled.insert(room).values({ id: 1, name: 'Bears', at });
    const byId = drizzled.select().from(room).where(eq(room.id, 1)).prepare('room_by_id');
    for (let i = 0; i < 3; i++)
      expect(await byId.execute()).toEqual([{ id: 1, name: 'Bears', at }]);
    const undone = drizzled.transaction(async (tx) => {
      await tx.insert(room).values({ id: 2, name: 'Owls' });
      await tx.transaction(async (nested) => {
        await nested.insert(room).values({ id: 3, name: 'Bees' });
      });
      throw new RangeError('no');
    });
    await expect(undone).rejects.toThrow(RangeError);
    await drizzled.transaction((tx) => tx.insert(room).values({ id: 4, name: 'Elks' }));
    expect(await drizzled.$count(room)).toBe(2);
  });

  it('keeps the connection after an error, which is that of pg', async () => {
    const pid = await pidOf();
    const twice = pool.query('INSERT INTO room VALUES ($1, $2)', [1, 'again']);
    await expect(twice).rejects.toMatchObject({ code: '23505', constraint: 'room_pkey' });
    const failed = drizzled.transaction((tx) => tx.insert(room).values({ id: 1, name: 'again' }));
    await expect(failed).rejects.toMatchObject({ cause: { code: '23505' } });
    expect(await pidOf()).toBe(pid);
  });

  it('shares its connections with the queries of the database', async () => {
    const { rows } = await db[executor].execute({
      name: 'pid',
      text: 'SELECT pg_backend_pid() AS pid',
      values: [],
      shape: null,
    });
    expect(rows).toEqual([{ pid: await pidOf() }]);
    expect(pool.totalCount).toBe(1);
  });

  it('clears the state of a session that was lent, and keeps what is prepared', async () => {
    const pid = await pidOf();
    const client = await pool.connect();
    await client.query("SET statement_timeout = 60000; SET application_name = 'borrowed'");
    await client.query('CREATE TEMP TABLE scratch (x int); SELECT pg_advisory_lock(7)');
    client.release();
    await expect(client.query('SELECT 1')).rejects.toThrow('This client was released');
    const { rows } = await pool.query(`SELECT pg_backend_pid() AS pid,
      current_setting('statement_timeout') AS timeout, current_setting('application_name') AS name,
      to_regclass('scratch') AS scratch,
      (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
      (SELECT count(*)::int FROM pg_prepared_statements WHERE name = 'room_by_id') AS prepared`);
    expect(rows).toEqual([{ pid, timeout: '15s', name: '', scratch: null, locks: 0, prepared: 1 }]);
  });

  it('closes a connection that is given back in a transaction, or as spoiled', async () => {
    const first = await pidOf();
    const open = await pool.connect();
    await open.query('BEGIN');
    open.release();
    const second = await pidOf();
    expect(second).not.toBe(first);
    (await pool.connect()).release(new Error('spoiled'));
    expect(await pidOf()).not.toBe(second);
  });

  it('replaces a connection that the server ends', async () => {
    const ended = pool.query('SELECT pg_terminate_backend(pg_backend_pid())');
    await expect(ended).rejects.toMatchObject({ code: '57P01' });
    expect(await pidOf()).toBeGreaterThan(0);
  });

  it('stays usable when it is ended by a library', async () => {
    await pool.end();
    expect(await pidOf()).toBeGreaterThan(0);
  });
});
