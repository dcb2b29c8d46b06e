import type pg from 'pg';
import { parseConnectionString } from './connection-string.ts';
import { isNeonHost } from './direct-address.ts';
import { queryRow } from './query-rows.ts';

const NEON_LIMIT_BYTES = 1e9;

/** Warns of a database of more than 1 GB on Neon: a proof by restoring it there needs the same room again. */
export async function sizeWarnings(client: pg.Client, connectionString: string): Promise<string[]> {
  if (!isNeonHost(parseConnectionString(connectionString).host)) return [];
  const { bytes } = await queryRow<{ bytes: string }>(
    client,
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  return sizeWarning(Number(bytes));
}

/** The warning for so many bytes, if any. */
export function sizeWarning(bytes: number): string[] {
  if (bytes <= NEON_LIMIT_BYTES) return [];
  return [
    `The database takes ${(bytes / 1e9).toFixed(1)} GB, more than the 1 GB up to which a restore fits the small plans of Neon. A verification on the same project needs that room again: look at the limit of the plan, or verify on another server.`,
  ];
}
