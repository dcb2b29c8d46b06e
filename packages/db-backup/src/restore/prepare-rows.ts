import { qualifiedName } from '@tothub/db-catalog';
import type pg from 'pg';
import { queryRow, queryRows } from '../connection/query-rows.ts';
import { TargetLacksError, TargetNotEmptyError } from '../errors.ts';
import { eachReleasingLocks } from '../snapshot/each-releasing-locks.ts';
import type { SealedManifest } from '../storage/manifest.ts';

/**
 * Refuses a database that a backup of rows alone cannot be restored into: a table is missing, or holds rows. Says whether
 * the restore may pass triggers and foreign keys over.
 *
 * @throws TargetNotEmptyError, TargetLacksError
 */
export async function prepareRowsTarget(
  client: pg.Client,
  manifest: Pick<SealedManifest, 'tables' | 'largeObjects'>,
): Promise<{ readonly asReplica: boolean }> {
  const missing: string[] = [];
  const filled: string[] = [];
  await client.query('BEGIN READ ONLY');
  await eachReleasingLocks(client, manifest.tables, async (table) => {
    const name = qualifiedName(table);
    const { found } = await queryRow<{ found: string | null }>(
      client,
      'SELECT to_regclass($1) AS found',
      [name],
    );
    if (found === null) missing.push(name);
    else if ((await queryRows(client, `SELECT FROM ${name} LIMIT 1`)).length > 0) filled.push(name);
  });
  if (manifest.largeObjects.count > 0) {
    const objects = await queryRows(client, 'SELECT FROM pg_largeobject_metadata LIMIT 1');
    if (objects.length > 0) filled.push('large objects');
  }
  await client.query('ROLLBACK');
  if (missing.length > 0) {
    throw new TargetLacksError(
      `The target database lacks ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ` and ${missing.length - 10} more` : ''}, and the backup holds rows without definitions. Nothing was changed. Create the tables first, for example from a backup taken with schemaOnly.`,
    );
  }
  if (filled.length > 0) throw new TargetNotEmptyError(filled);
  const { may } = await queryRow<{ may: string }>(
    client,
    `SELECT has_parameter_privilege('session_replication_role', 'SET')::text AS may`,
  );
  if (may === 'true') return { asReplica: true };
  const triggers = await queryRows<{ name: string }>(
    client,
    `SELECT DISTINCT t.tgrelid::regclass::text AS name FROM pg_trigger t
     WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgrelid::regclass::text = ANY ($1)`,
    [manifest.tables.map((table) => qualifiedName(table))],
  );
  if (triggers.length > 0) {
    throw new TargetLacksError(
      `Triggers of ${triggers.map(({ name }) => name).join(', ')} would change the rows, and this role may not pass them over. Nothing was changed. Run GRANT SET ON PARAMETER session_replication_role TO this role, or disable the triggers.`,
    );
  }
  return { asReplica: false };
}
