import { type Check, failed, passed, skipped } from '../check.ts';
import { compareRestored } from '../compare-restored.ts';
import { withConnection } from '../connection/connect.ts';
import { queryRow } from '../connection/query-rows.ts';
import {
  BackupDamagedError,
  ConnectionFailedError,
  EngineUnavailableError,
  messageOf,
  StorageError,
  TargetLacksError,
} from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { restoreIntoScratch } from '../restore/into-scratch.ts';
import { withScratchDatabase } from '../scratch-database.ts';
import { copyDefinitions } from '../selection/copy-definitions.ts';
import type { BackupPlace } from '../storage/backup-storage.ts';
import { checkFiles } from '../storage/check-files.ts';
import type { SealedManifestHead } from '../storage/manifest.ts';
import { type OpenedBackup, type OpenOptions, openChecked } from '../storage/open-backup.ts';
import { readManifest } from '../storage/read-manifest.ts';
import { readArchive } from './read-archive.ts';
import { provesAtLeast, type VerificationLevel } from './verification-level.ts';

export interface ProveOptions extends OpenOptions {
  readonly level: VerificationLevel;
  /** Lends a server to restore on; only asked for where the level needs one. */
  readonly withServer: <T>(
    backup: OpenedBackup,
    work: (connectionString: string) => Promise<T>,
  ) => Promise<T>;
  readonly binDir?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What was found before a check failed, or all of it. */
export interface Proof {
  readonly checks: readonly Check[];
  /** Null where the manifest cannot be read. */
  readonly manifest: SealedManifestHead | null;
  /** Null where no level needed to look inside. */
  readonly backup: OpenedBackup | null;
  readonly serverVersion: string | null;
}

const COMPARED = ['catalog', 'counts', 'contents', 'sequences', 'large objects'];

/** Errors that say that nothing could be tried here, and nothing about the backup. */
const NOT_TRIED = [EngineUnavailableError, TargetLacksError, ConnectionFailedError, StorageError];

/** Proves a backup up to a level, and stops at the first check that fails. */
export async function prove(place: BackupPlace, options: ProveOptions): Promise<Proof> {
  const { level, onProgress } = options;
  const checks: Check[] = [];
  const later = [
    ...(level === 'readable' ? ['readable'] : []),
    ...(provesAtLeast(level, 'restored') ? ['restored'] : []),
    ...(level === 'identical' ? COMPARED : []),
  ];
  const skipFrom = (first: number, why: string): void => {
    checks.push(...later.slice(first).map((name) => skipped(name, why)));
  };
  const failedAt = async (name: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return false;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (NOT_TRIED.some((kind) => error instanceof kind)) throw error;
      if (name === 'sealed' && !(error instanceof BackupDamagedError)) throw error;
      checks.push(failed(name, messageOf(error)));
      return true;
    }
  };
  let manifest: SealedManifestHead | null = null;
  const none = { backup: null, serverVersion: null };
  const isBroken = await failedAt('sealed', async () => {
    manifest = await readManifest(place, options.trustedKeys);
    await checkFiles(place, manifest, {
      ...options,
      onBytes: (doneBytes) => onProgress?.({ phase: 'check files', doneBytes }),
    });
    checks.push(passed('sealed', describeFiles(manifest, options.trustedKeys !== undefined)));
  });
  if (isBroken || manifest === null) {
    skipFrom(0, 'the files are not whole');
    return { checks, manifest, ...none };
  }
  if (level === 'sealed') return { checks, manifest, ...none };
  const backup = await openChecked(place, manifest, options.identities);
  const proof = { checks, manifest, backup };
  if (level === 'readable') {
    await failedAt('readable', async () => {
      await readArchive(backup, {
        ...options,
        onBytes: (doneBytes, totalBytes) => onProgress?.({ phase: 'read', doneBytes, totalBytes }),
      });
      checks.push(
        passed('readable', `all of it, as the engine ${backup.manifest.engine.name} wrote it`),
      );
    });
    return { ...proof, serverVersion: null };
  }
  return options.withServer(backup, (server) =>
    withScratchDatabase(
      server,
      async (scratch) => {
        const isRefused = await failedAt('restored', async () => {
          // The tables of a backup of rows alone must come from elsewhere.
          if (backup.manifest.selection?.definitions === false) {
            await copyDefinitions({ ...options, connectionString: server }, scratch);
          }
          await restoreIntoScratch(backup, scratch, options);
          const { name } = backup.manifest.engine;
          checks.push(passed('restored', `into a scratch database by the engine ${name}`));
        });
        if (isRefused) {
          skipFrom(1, 'it could not be restored');
          return { ...proof, serverVersion: null };
        }
        return withConnection(scratch, options.signal, async (client) => {
          if (level === 'identical')
            checks.push(
              ...(await compareRestored(client, backup.manifest, backup.catalog, onProgress)),
            );
          const { version } = await queryRow<{ version: string }>(
            client,
            `SELECT current_setting('server_version') AS version`,
          );
          return { ...proof, serverVersion: version };
        });
      },
      { like: backup.manifest.database, signal: options.signal },
    ),
  );
}

function describeFiles({ files }: SealedManifestHead, isSignatureChecked: boolean): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const signed = isSignatureChecked ? ', signed by a trusted key' : '';
  return `${files.length} files, ${bytes} bytes, as the manifest says${signed}`;
}
