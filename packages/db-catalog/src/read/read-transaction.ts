/**
 * The frame that a read of the catalog runs in: one session, one snapshot, and settings under which the
 * server prints the same definition to everybody. What is read is none of its business.
 */
import type { Queryable } from '../queryable.ts';

interface PoolClient extends Queryable {
  release(destroy?: boolean): void;
  on?(event: 'error', listener: () => void): unknown;
  off?(event: 'error', listener: () => void): unknown;
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
         set_config('bytea_output', 'hex', true),
         set_config('standard_conforming_strings', 'on', true)`;

const ATTEMPTS = 5;

/**
 * SQLSTATEs of a read that met DDL of another session: the server prints definitions from the present, so a row
 * of the snapshot may name what is gone (internal error, undefined table, undefined object), and the locks
 * that printing takes may close a circle (deadlock). A new snapshot is past it.
 */
const concurrentDdl: ReadonlySet<unknown> = new Set(['XX000', '42P01', '42704', '40P01']);

/** Runs `read` in a read-only repeatable-read transaction of its own. A pool lends one client for it. */
export async function withReadTransaction<T>(
  db: Queryable,
  lockTimeoutMs: number,
  read: (session: Queryable) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inOneTransaction(db, lockTimeoutMs, read);
    } catch (error) {
      if (attempt === ATTEMPTS || !concurrentDdl.has(sqlStateOf(error))) throw error;
    }
  }
}

async function inOneTransaction<T>(
  db: Queryable,
  lockTimeoutMs: number,
  read: (session: Queryable) => Promise<T>,
): Promise<T> {
  const client = isPool(db) ? await db.connect() : undefined;
  const session = client ?? db;
  let isBroken = false;
  // A lost connection fails the query too; without a listener the event would end the process.
  const alreadyKnown = (): void => {};
  client?.on?.('error', alreadyKnown);
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
    if (!isBroken) client?.off?.('error', alreadyKnown);
    client?.release(isBroken);
  }
}

/** Runs `read` inside the transaction that the caller has open, and leaves its settings as they were. */
export async function withinTransaction<T>(
  db: Queryable,
  read: (session: Queryable) => Promise<T>,
): Promise<T> {
  // Rolling back restores the settings, and lets the transaction go on after a query that failed.
  const leave = async (): Promise<void> => {
    await db.query('rollback to savepoint tothub_read_catalog');
    await db.query('release savepoint tothub_read_catalog');
  };
  await db.query('savepoint tothub_read_catalog');
  try {
    await db.query(pinSettings);
    const result = await read(db);
    await leave();
    return result;
  } catch (error) {
    // Where the connection itself is lost, the first error says why.
    await leave().catch(() => {});
    throw error;
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

function sqlStateOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
