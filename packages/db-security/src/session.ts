/**
 * One database session, its transactions and its settings. Whatever reads, compares and writes in one step
 * needs the same session for all of it; a pool would hand each statement to another.
 */
import type { Queryable } from '@tothub/db-catalog';
import { SessionRequiredError } from './errors.ts';
import { OUTPUT_SETTINGS, PATIENT_SETTINGS } from './output-settings.ts';

/**
 * A {@link Queryable} that is one session: a `pg.Client`, a client checked out of a pool, PGlite.
 * Not a pool, not a transaction pooler's HTTP driver.
 */
export type TransactionalClient = Queryable;

/**
 * Throws when given a `pg.Pool`. Other kinds of pools cannot be told by looking at them.
 *
 * @throws {SessionRequiredError}
 */
export function assertSession(client: TransactionalClient): void {
  if ('totalCount' in client && 'idleCount' in client) {
    throw new SessionRequiredError(
      'This needs one session, and a pool was given. Pass a client: await pool.connect().',
    );
  }
}

/** Runs `fn` between BEGIN and COMMIT, or ROLLBACK when it throws. */
export async function inTransaction<T>(
  client: TransactionalClient,
  fn: () => Promise<T>,
  begin:
    | 'BEGIN'
    | 'BEGIN NOT DEFERRABLE'
    | 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY' = 'BEGIN',
): Promise<T> {
  await client.query(begin);
  let result: T;
  try {
    result = await fn();
  } catch (error) {
    // A lost connection rolls back by itself; the first error is the one that tells.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
  await client.query('COMMIT');
  return result;
}

/** Texts of values, and so row keys and ciphertexts, must not depend on who is connected; nor may the end of a run. */
const PINNED_SETTINGS = {
  ...OUTPUT_SETTINGS,
  ...PATIENT_SETTINGS,
  default_transaction_isolation: 'read committed',
};

/**
 * Runs `fn` in a session that prints values in one fixed way, waits at most half a second for a lock and has no other limit,
 * then puts the session's own settings back.
 */
export async function withPinnedSession<T>(
  client: TransactionalClient,
  fn: () => Promise<T>,
): Promise<T> {
  const names = Object.keys(PINNED_SETTINGS);
  const before = await client.query(
    // An older server does not know them all.
    `SELECT s.name, pg_catalog.current_setting(s.name) AS value FROM pg_catalog.pg_settings AS s
     WHERE lower(s.name) IN (SELECT lower(name) FROM unnest($1::text[]) AS name)`,
    [names],
  );
  const rows = before.rows as { name: string; value: string }[];
  const known = rows.map(({ name }) => name.toLowerCase());
  const pinned = Object.entries(PINNED_SETTINGS).filter(([name]) =>
    known.includes(name.toLowerCase()),
  );
  await setSettings(
    client,
    pinned.map(([name]) => name),
    pinned.map(([, value]) => value),
  );
  try {
    return await fn();
  } finally {
    await setSettings(
      client,
      rows.map((row) => row.name),
      rows.map((row) => row.value),
    ).catch(() => {});
  }
}

async function setSettings(
  client: TransactionalClient,
  names: readonly string[],
  values: readonly string[],
): Promise<void> {
  await client.query(
    'SELECT pg_catalog.set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s(name, value)',
    [names, values],
  );
}
