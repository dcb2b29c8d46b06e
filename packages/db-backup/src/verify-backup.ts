import { type Catalog, qualifiedName } from '@tothub/db-catalog';
import { type Check, failed, passed } from './check.ts';
import { compareRestored } from './compare-restored.ts';
import { withConnection } from './connection/connect.ts';
import { queryRow } from './connection/query-rows.ts';
import { BackupError, EngineUnavailableError, messageOf, TargetLacksError } from './errors.ts';
import type { OnProgress } from './progress.ts';
import { readBackupCatalog, restoreChecked } from './restore-backup.ts';
import { withScratchDatabase } from './scratch-database.ts';
import { checkFiles, readManifest } from './storage/backup-folder.ts';
import type { SealedManifest } from './storage/manifest.ts';
import { removeReceipt, writeReceipt } from './storage/receipt.ts';

export interface VerifyBackupOptions {
  /** Server on which a scratch database is made; it may be the source's own. */
  readonly connectionString: string;
  /** Folder of `pg_restore`. @default PATH and the usual places */
  readonly binDir?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface VerifyResult {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

const AFTER_RESTORE = ['catalog', 'counts', 'contents', 'sequences', 'large objects'] as const;

/**
 * Proves a backup: its files equal the manifest, it can be restored, and what was restored has the catalog,
 * rows, contents, sequences and large objects that the source had at the moment of the backup. Writes
 * `receipt.json` into the backup when all of that holds, and takes an older receipt back when not.
 *
 * @throws ConnectionFailedError, ScratchDatabaseError, EngineUnavailableError, TargetLacksError when this
 * machine or server could not try; an older receipt then stays
 * @example
 * ```ts
 * const { ok, checks } = await verifyBackup(path, { connectionString: url });
 * // CREATE DATABASE tothub_scratch_…; restore; SELECT count(*), sum(hash of each row) …; DROP DATABASE …
 * ```
 */
export async function verifyBackup(
  path: string,
  options: VerifyBackupOptions,
): Promise<VerifyResult> {
  const checks: Check[] = [];
  const outcome = await inspect(path, options, checks);
  const ok = checks.every((check) => check.status === 'passed');
  if (outcome && ok) {
    const { manifest, catalog, serverVersion } = outcome;
    await writeReceipt(path, {
      formatVersion: 1,
      backupId: manifest.id,
      manifestSeal: manifest.seal,
      database: {
        name: manifest.database.name,
        oid: manifest.database.oid,
        systemIdentifier: manifest.database.systemIdentifier,
      },
      backupStartedAt: manifest.startedAt,
      verifiedAt: new Date().toISOString(),
      verifiedOn: serverVersion,
      checks,
      objects: catalog.relations
        .filter((relation) => relation.kind === 'table' || relation.kind === 'partitioned table')
        .map((relation) => qualifiedName(relation)),
    });
  } else {
    await removeReceipt(path).catch(() => undefined);
  }
  options.onProgress?.({ phase: 'done' });
  return { ok, checks };
}

interface Outcome {
  readonly manifest: SealedManifest;
  readonly catalog: Catalog;
  readonly serverVersion: string;
}

async function inspect(
  path: string,
  options: VerifyBackupOptions,
  checks: Check[],
): Promise<Outcome | undefined> {
  const { signal, onProgress } = options;
  const skipRest = (names: readonly string[], why: string): undefined => {
    for (const name of names) checks.push({ name, status: 'skipped', detail: why });
  };
  let manifest: SealedManifest;
  try {
    manifest = await readManifest(path);
    await checkFiles(path, manifest, {
      signal,
      onBytes: (doneBytes) => onProgress?.({ phase: 'check files', doneBytes }),
    });
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    checks.push(
      passed('sealed', `${manifest.files.length} files, ${bytes} bytes, as the manifest says`),
    );
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    checks.push(failed('sealed', error.message));
    return skipRest(['restored', ...AFTER_RESTORE], 'the files are not whole');
  }
  const catalog = await readBackupCatalog(path);
  return withScratchDatabase(
    options.connectionString,
    async (scratch) => {
      try {
        await restoreChecked(path, manifest, { ...options, into: scratch });
        checks.push(
          passed('restored', `into a scratch database by the engine ${manifest.engine.name}`),
        );
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof EngineUnavailableError || error instanceof TargetLacksError)
          throw error;
        checks.push(failed('restored', messageOf(error)));
        return skipRest(AFTER_RESTORE, 'it could not be restored');
      }
      return withConnection(scratch, signal, async (client) => {
        checks.push(...(await compareRestored(client, manifest, catalog, onProgress)));
        const { version } = await queryRow<{ version: string }>(
          client,
          `SELECT current_setting('server_version') AS version`,
        );
        return { manifest, catalog, serverVersion: version };
      });
    },
    { like: manifest.database, signal },
  );
}
