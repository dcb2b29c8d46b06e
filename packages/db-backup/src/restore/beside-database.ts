/** Restores into a database that is made for it under a working name, and gets its own name when it is whole. */
import { quoteIdent } from '@tothub/db-catalog';
import { compareRestored } from '../compare-restored.ts';
import { withConnection } from '../connection/connect.ts';
import { RestoreFailedError, RestoreUnfinishedError } from '../errors.ts';
import { createDatabaseLike } from '../scratch-database.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';
import { addressOf, databaseOf, keptName, workingName } from './database-address.ts';
import { type Filled, fillDatabase } from './into-database.ts';
import type { RestorePlan } from './plan-restore.ts';
import {
  commentDatabase,
  type DatabaseNote,
  describeNamed,
  noteDatabase,
  parseDatabaseNote,
  readNote,
} from './restore-note.ts';
import type { RestoreBackupOptions } from './restore-options.ts';
import { renameDatabases } from './swap-databases.ts';

/**
 * Restores beside and gives the name: a new one, or that of a database which is kept under another name.
 *
 * @throws RestoreFailedError when what was restored differs from the backup (only a swap compares); nothing was renamed
 * @throws TargetInUseError when somebody is connected at the end; running it again only renames
 */
export async function restoreBeside(
  backup: OpenedBackup,
  plan: RestorePlan,
  options: RestoreBackupOptions,
): Promise<Filled & { readonly kept: string | null }> {
  const { manifest } = backup;
  const { signal } = options;
  const { maintenance } = plan;
  if (maintenance === undefined) throw new Error('No database to work from.');
  const database = databaseOf(options.into);
  const name = workingName(database, manifest.id);
  const note = { backupId: manifest.id, seal: manifest.seal, database };
  const found = await prepareDatabase(maintenance, name, backup, plan, signal, {
    ...note,
    state: 'loading',
  });
  const into = addressOf(options.into, name);
  let filled: Filled = { oneTransaction: true, notRestored: notRestoredIn(found) };
  if (found?.state !== 'finished') {
    try {
      if (found?.state !== 'filled')
        filled = await fillDatabase(backup, plan, {
          ...options,
          into,
          isNewDatabase: true,
          atEnd: (notRestored) => noteDatabase(name, { ...note, state: 'filled', notRestored }),
        });
      if (plan.report.how === 'swap') await assertIdentical(backup, into, options);
    } catch (error) {
      // A killed run leaves it to the next one; a failed one has nothing to go on with. Another run's is its own.
      const goesOn = error instanceof RestoreUnfinishedError || (await hasSteps(into));
      if (!goesOn) await drop(maintenance, name);
      throw error;
    }
    const { notRestored } = filled;
    await withConnection(maintenance, signal, (client) =>
      client.query(noteDatabase(name, { ...note, state: 'finished', notRestored })),
    );
  }
  const swap = {
    maintenance,
    disconnect: options.sessions === 'disconnect',
    signal,
  };
  const comment = commentDatabase(database, manifest.access?.database.comment ?? null);
  if (plan.report.how === 'new') {
    await renameDatabases([{ from: name, to: database }], [comment], swap);
    return { ...filled, kept: null };
  }
  const at = new Date();
  const kept = keptName(database, 'before', at);
  const old = await withConnection(maintenance, signal, (client) =>
    describeNamed(client, database),
  );
  const keptNote: DatabaseNote = {
    state: 'kept',
    backupId: manifest.id,
    database,
    at: at.toISOString(),
    comment: old?.comment ?? null,
  };
  await renameDatabases(
    [
      { from: database, to: kept },
      { from: name, to: database },
    ],
    [noteDatabase(kept, keptNote), comment],
    swap,
  );
  return { ...filled, kept };
}

/** Makes the working database, or finds the one that a killed run left. */
function prepareDatabase(
  maintenance: string,
  name: string,
  { manifest }: OpenedBackup,
  { facts, roleOf }: RestorePlan,
  signal: AbortSignal | undefined,
  note: DatabaseNote & { readonly seal: string },
): Promise<DatabaseNote | undefined> {
  return withConnection(maintenance, signal, async (client) => {
    const there = await describeNamed(client, name);
    const found = parseDatabaseNote(there?.comment ?? null);
    if (there === undefined) await createDatabaseLike(client, name, manifest.database);
    else {
      // Anybody who may create databases can make one of this name: only our own, or one given to its owner, counts.
      const owners = [facts.role, manifest.access && roleOf(manifest.access.database.owner)];
      const isOurs = !found || ('seal' in found && found.seal === note.seal);
      if (!owners.includes(there.owner) || !isOurs)
        throw new RestoreUnfinishedError(
          `The database ${name}, in which this restore would work, exists and belongs to ${there.owner}. Nothing was changed. Drop it, if it is of no use.`,
        );
    }
    // Killed between the two: it is empty, which the restore makes sure of.
    if (!found) await client.query(noteDatabase(name, note));
    return found;
  });
}

function notRestoredIn(note: DatabaseNote | undefined): readonly string[] {
  return note && note.state !== 'kept' ? (note.notRestored ?? []) : [];
}

/** True where a later run goes on with what was committed. */
async function hasSteps(into: string): Promise<boolean> {
  const note = await withConnection(into, undefined, readNote).catch(() => undefined);
  return note?.oneTransaction === false;
}

async function drop(maintenance: string, name: string): Promise<void> {
  await withConnection(maintenance, undefined, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${quoteIdent(name)} WITH (FORCE)`),
  ).catch(() => undefined);
}

async function assertIdentical(
  { manifest, catalog }: OpenedBackup,
  into: string,
  { signal, onProgress }: RestoreBackupOptions,
): Promise<void> {
  const checks = await withConnection(into, signal, (client) =>
    compareRestored(client, manifest, catalog, onProgress),
  );
  const wrong = checks.filter(({ status }) => status === 'failed');
  if (wrong.length === 0) return;
  throw new RestoreFailedError(
    `What was restored differs from the backup: ${wrong.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}. Nothing was exchanged, and it was dropped again; verify the backup and use another one.`,
  );
}
