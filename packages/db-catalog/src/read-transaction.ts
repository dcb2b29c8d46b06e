/**
 * The frame that a read of the catalog runs in: one session, one snapshot, and settings under which the
 * server prints the same definition to everybody. What is read is none of its business.
 */
import type { Queryable } from './queryable.ts';

interface PoolClient extends Queryable {
  release(destroy?: boolean): void;
}

interface Pool {
  readonly totalCount: number;
  connect(): Promise<PoolClient>;
}

/** Settings that change how definitions and constants are printed, as pg_dump pins them too. */
const pinSettings = `
  select set_config('search_path', 'pg_catalog, pg_temp', true),
         set_config('quote_all_identifiers', 'off', true),
         set_config('DateStyle', 'ISO, YMD', true),
         set_config('IntervalStyle', 'postgres', true),
         set_config('TimeZone', 'UTC', true),
         set_config('extra_float_digits', '3', true),
         set_config('bytea_output', 'hex', true)`;

/** Runs `read` in a read-only repeatable-read transaction of its own. A pool lends one client for it. */
export async function withReadTransaction<T>(
  db: Queryable,
  lockTimeoutMs: number,
  read: (session: Queryable) => Promise<T>,
): Promise<T> {
  const client = isPool(db) ? await db.connect() : undefined;
  const session = client ?? db;
  let isBroken = false;
  try {
    await session.query('begin isolation level repeatable read read only');
    await session.query(pinSettings);
    await session.query(`select set_config('lock_timeout', $1, true)`, [`${lockTimeoutMs}ms`]);
    const result = await read(session);
    await session.query('commit');
    return result;
  } catch (error) {
    await session.query('rollback').catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    client?.release(isBroken);
  }
}

/** Runs `read` inside the transaction that the caller has open, and leaves its settings as they were. */
export async function withinTransaction<T>(
  db: Queryable,
  read: (session: Queryable) => Promise<T>,
): Promise<T> {
  await db.query('savepoint tothub_read_catalog');
  try {
    await db.query(pinSettings);
    return await read(db);
  } finally {
    // Rolling back restores the settings too, also when a query has failed.
    await db.query('rollback to savepoint tothub_read_catalog');
    await db.query('release savepoint tothub_read_catalog');
  }
}

// A connected pg.Client has connect() as well; only pools count their clients.
function isPool(db: Queryable): db is Queryable & Pool {
  return (
    'connect' in db &&
    typeof db.connect === 'function' &&
    'totalCount' in db &&
    typeof db.totalCount === 'number'
  );
}
