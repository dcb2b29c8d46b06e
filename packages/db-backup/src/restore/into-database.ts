import type pg from 'pg';
import { applyAccess } from '../access/apply-access.ts';
import { withConnection } from '../connection/connect.ts';
import { queryRow } from '../connection/query-rows.ts';
import { RestoreUnfinishedError, TargetNotEmptyError } from '../errors.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';
import { objectsInTarget } from '../target-objects.ts';
import { fitsOneTransaction, loadDump } from './load-dump.ts';
import type { RestorePlan } from './plan-restore.ts';
import {
  claimDatabase,
  NOTE_SCHEMA,
  type RestoreNote,
  readNote,
  removeNote,
  writeNote,
} from './restore-note.ts';
import type { RestoreBackupOptions } from './restore-options.ts';
import { loadStepwise } from './steps/load-stepwise.ts';
import { policiesWithRoles } from './steps/run-piece.ts';

/** What came of filling a database. */
export interface Filled {
  readonly oneTransaction: boolean;
  readonly notRestored: readonly string[];
}

/**
 * Fills an empty database with a backup: definitions and rows, then owners and privileges. A note in the database says
 * so meanwhile; a run that finds its own note goes on where the one before was killed.
 *
 * @throws TargetNotEmptyError, RestoreUnfinishedError before anything is written
 */
export function fillDatabase(
  backup: OpenedBackup,
  { facts, roleOf }: RestorePlan,
  options: RestoreBackupOptions & {
    readonly isNewDatabase: boolean;
    /** Gives a statement that belongs to the end of it, whatever could not be restored. */
    readonly atEnd?: (notRestored: readonly string[]) => string;
  },
): Promise<Filled> {
  const { manifest } = backup;
  const { into, signal, onProgress } = options;
  return withConnection(into, signal, async (client) => {
    if (!(await claimDatabase(client)))
      throw new RestoreUnfinishedError(
        'Another restore is at work in this database. Wait for it to end, or end it.',
      );
    const oneTransaction =
      options.resumable !== true && fitsOneTransaction(backup, facts.lockCapacity);
    const state = await stateOf(client, backup);
    const instead = policiesWithRoles(backup.catalog, options.mapRoles ?? {}, roleOf);
    const load = { ...options, instead, serverMajor: facts.serverMajor };
    if (state === 'stepwise')
      await loadStepwise(client, backup, { ...load, oneTransaction: false });
    else if (state === 'empty') {
      await prepare(client, backup, { backupId: manifest.id, seal: manifest.seal, oneTransaction });
      try {
        // The quick way knows the policies only as they are in the backup.
        if (oneTransaction && instead.size === 0)
          await loadDump(backup, { ...load, oneTransaction });
        else await loadStepwise(client, backup, { ...load, oneTransaction });
      } catch (error) {
        // Rolled back, unless it was no single transaction: then the note stays and says so.
        if (oneTransaction) await removeNoteAnew(into);
        throw error;
      }
    }
    onProgress?.({ phase: 'access' });
    const notRestored =
      manifest.access && options.access !== false
        ? await applyAccess(client, manifest.access, {
            roleOf,
            isNewDatabase: options.isNewDatabase,
          })
        : [];
    await removeNote(client, options.atEnd?.(notRestored));
    return { oneTransaction, notRestored };
  });
}

/**
 * How far an earlier run of the same restore came. A load in one transaction leaves all of it or nothing, so that it
 * is enough to find every relation.
 */
async function stateOf(
  client: pg.Client,
  { manifest, catalog }: OpenedBackup,
): Promise<'empty' | 'stepwise' | 'loaded'> {
  const note = await readNote(client);
  if (note?.seal !== manifest.seal) return 'empty';
  if (!note.oneTransaction) return 'stepwise';
  const found = await objectsInTarget(client, NOTE_SCHEMA);
  if (found.length === 0) return 'empty';
  const { missing } = await queryRow<{ missing: string }>(
    client,
    `SELECT count(*) AS missing FROM json_to_recordset($1) AS wanted(schema text, name text)
     WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = wanted.schema AND c.relname = wanted.name)`,
    [JSON.stringify(catalog.relations.map(({ schema, name }) => ({ schema, name })))],
  );
  if (missing !== '0') throw new TargetNotEmptyError(found);
  return 'loaded';
}

async function prepare(
  client: pg.Client,
  { manifest, catalog }: OpenedBackup,
  note: RestoreNote,
): Promise<void> {
  const before = await readNote(client);
  if (before && before.seal !== manifest.seal)
    throw new RestoreUnfinishedError(
      `This database holds an unfinished restore of the backup ${before.backupId}. Finish that one, or drop the database.`,
    );
  const found = await objectsInTarget(client, NOTE_SCHEMA);
  if (found.length > 0) throw new TargetNotEmptyError(found);
  await removeNote(client);
  if (!catalog.schemas.some((schema) => schema.name === 'public')) {
    await client.query('DROP SCHEMA IF EXISTS public');
  }
  await writeNote(client, note);
}

/** The session that began may be lost, as the reason of the failure. */
async function removeNoteAnew(into: string): Promise<void> {
  await withConnection(into, undefined, (client) => removeNote(client)).catch(() => undefined);
}
