/**
 * A transaction that reads: one snapshot for everything, and every setting that decides how a value is printed as the
 * triggers had it. All of it ends with the transaction.
 */
import { PATIENT_SETTINGS } from '../../output-settings.ts';
import type { TransactionalClient } from '../../session.ts';
import { LOGGING_SETTINGS } from '../recording/recording-settings.ts';

const READING_SETTINGS = {
  ...LOGGING_SETTINGS,
  ...PATIENT_SETTINGS,
  // Types and tables are named in full.
  search_path: '',
  // It would take seconds to compile what is read once.
  jit: 'off',
  // Keys of a large table are sorted and joined once.
  work_mem: '32MB',
};

/** Sets these settings until the end of the transaction. */
export async function pinReadingSettings(client: TransactionalClient): Promise<void> {
  await client.query(
    // An older server does not know them all.
    `SELECT pg_catalog.set_config(s.name, given.value, true)
     FROM unnest($1::text[], $2::text[]) AS given(name, value)
     JOIN pg_catalog.pg_settings AS s ON pg_catalog.lower(s.name) = pg_catalog.lower(given.name)`,
    [Object.keys(READING_SETTINGS), Object.values(READING_SETTINGS)],
  );
}

/** Begins such a transaction on a session that is in none. */
export async function beginReading(client: TransactionalClient): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  try {
    await pinReadingSettings(client);
  } catch (error) {
    await endReading(client);
    throw error;
  }
}

/** Ends it, whatever its state. */
export async function endReading(client: TransactionalClient): Promise<void> {
  await client.query('ROLLBACK').catch(() => {});
}

/** Runs `fn` in such a transaction. */
export async function inReading<T>(client: TransactionalClient, fn: () => Promise<T>): Promise<T> {
  await beginReading(client);
  try {
    return await fn();
  } finally {
    await endReading(client);
  }
}
