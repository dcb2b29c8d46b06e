import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serialiseCatalog } from '@tothub/db-catalog';
import { dumpAndCount } from './dump-and-count.ts';
import { chooseEngine, type Engine, type EngineChoice } from './engine.ts';
import {
  BackupError,
  BackupFailedError,
  EngineUnavailableError,
  LockQueueError,
  messageOf,
  withoutRowValues,
} from './errors.ts';
import type { OnProgress } from './progress.ts';
import { describeDatabase } from './snapshot/describe-database.ts';
import { HASH_ALGORITHM } from './snapshot/fingerprint.ts';
import { type HeldSnapshot, withSnapshot } from './snapshot/hold-snapshot.ts';
import { missingFromBackup } from './snapshot/missing-from-backup.ts';
import { rolesNamed } from './snapshot/roles-named.ts';
import { newBackupId, withNewBackupFolder } from './storage/backup-folder.ts';
import { measureFile } from './storage/checked-file.ts';
import {
  type BackupManifest,
  CATALOG_FILE,
  MANIFEST_FILE,
  parseManifest,
  type SealedManifest,
  serialiseManifest,
} from './storage/manifest.ts';

export interface CreateBackupOptions {
  /** Direct address of the database, not a transaction pooler's. */
  readonly connectionString: string;
  /** Folder of all backups; made when missing. Each backup becomes a folder in it. */
  readonly directory: string;
  /** @default 'auto': a fitting native `pg_dump`, else the one in WebAssembly */
  readonly engine?: EngineChoice;
  /** Folder of `pg_dump` and `pg_restore`. @default PATH and the usual places */
  readonly binDir?: string;
  /** How long to wait for tables that others have locked. @default 10000 */
  readonly lockTimeoutMs?: number;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

const DEFAULT_LOCK_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/**
 * Backs up a database: dump, catalog, row counts and content hashes, all of one moment. The folder bears its
 * name only when everything in it is complete and synced. It counts as proven only after `verifyBackup`.
 *
 * @throws UnreadableObjectsError, TableLockedError, EngineUnavailableError, ConnectionFailedError,
 * PoolerConnectionError before anything is written
 * @throws ToolFailedError, BackupFailedError when it fails on the way; nothing of it is kept
 * @example
 * ```ts
 * const { path, manifest } = await createBackup({ connectionString: url, directory: 'backups' });
 * // BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE …; SELECT pg_export_snapshot();
 * // pg_dump --format=custom --snapshot=…
 * ```
 */
export async function createBackup(
  options: CreateBackupOptions,
): Promise<{ path: string; manifest: SealedManifest }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptBackup(options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof LockQueueError && attempt < ATTEMPTS) continue;
      if (error instanceof BackupError) throw error;
      throw new BackupFailedError(
        `The backup failed: ${messageOf(error)}. Nothing of it was kept; mend the cause and run again.`,
        { cause: withoutRowValues(error) },
      );
    }
  }
}

async function attemptBackup(
  options: CreateBackupOptions,
): Promise<{ path: string; manifest: SealedManifest }> {
  const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
  const startedAt = new Date();
  options.onProgress?.({ phase: 'snapshot' });
  return withSnapshot({ ...options, lockTimeoutMs }, async (snapshot) => {
    const engine = await engineFor(snapshot, options);
    const database = await describeDatabase(snapshot.client);
    const id = newBackupId(database.name, startedAt);
    let text = '';
    const path = await withNewBackupFolder(options.directory, id, async (folder) => {
      const contents = await dumpAndCount(options, engine, snapshot, folder);
      const catalogPath = join(folder, CATALOG_FILE);
      await writeFile(catalogPath, serialiseCatalog(snapshot.catalog), {
        mode: 0o600,
        flush: true,
      });
      const manifest: BackupManifest = {
        formatVersion: 1,
        id,
        engine: { name: engine.name, version: engine.version },
        server: snapshot.catalog.server,
        database,
        snapshot: { id: snapshot.id, lsn: snapshot.lsn },
        startedAt: startedAt.toISOString(),
        finishedAt: new Date().toISOString(),
        files: [contents.dump, { name: CATALOG_FILE, ...(await measureFile(catalogPath)) }],
        hashAlgorithm: HASH_ALGORITHM,
        tables: contents.tables,
        sequences: contents.sequences,
        largeObjects: contents.largeObjects,
        extensions: snapshot.catalog.extensions.map(({ name, version }) => ({ name, version })),
        roles: rolesNamed(snapshot.catalog),
        missing: await missingFromBackup(snapshot.client, engine.name),
      };
      text = serialiseManifest(manifest);
      await writeFile(join(folder, MANIFEST_FILE), text, { mode: 0o600, flush: true });
    });
    options.onProgress?.({ phase: 'done' });
    return { path, manifest: parseManifest(text) };
  });
}

async function engineFor(snapshot: HeldSnapshot, options: CreateBackupOptions): Promise<Engine> {
  const major = Math.trunc(snapshot.catalog.server.versionNumber / 10_000);
  const engine = await chooseEngine(options.engine ?? 'auto', major, options.binDir);
  if (engine.name === 'wasm' && snapshot.catalog.encoding === 'SQL_ASCII') {
    throw new EngineUnavailableError(
      `The database has the encoding SQL_ASCII, whose bytes the WebAssembly engine cannot carry. Install the PostgreSQL ${major} client tools.`,
    );
  }
  return engine;
}
