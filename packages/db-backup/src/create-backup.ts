import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serialiseCatalog } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from './connection/connect.ts';
import { chooseEngine, type Engine, type EngineChoice } from './engine.ts';
import { EngineUnavailableError } from './errors.ts';
import { dumpNatively } from './native/dump.ts';
import type { OnProgress } from './progress.ts';
import { dataTables } from './snapshot/data-table.ts';
import { describeDatabase } from './snapshot/describe-database.ts';
import {
  fingerprintLargeObjects,
  fingerprintTable,
  HASH_ALGORITHM,
} from './snapshot/fingerprint.ts';
import { type HeldSnapshot, importSnapshot, withSnapshot } from './snapshot/hold-snapshot.ts';
import { missingFromBackup } from './snapshot/missing-from-backup.ts';
import { rolesNamed } from './snapshot/roles-named.ts';
import { readSequenceValues, type SequenceValue } from './snapshot/sequence-values.ts';
import { newBackupId, withNewBackupFolder } from './storage/backup-folder.ts';
import { type FileRecord, measureFile, withCheckedFile } from './storage/checked-file.ts';
import {
  type BackupManifest,
  CATALOG_FILE,
  dumpFileName,
  MANIFEST_FILE,
  type ManifestTable,
  parseManifest,
  type SealedManifest,
  serialiseManifest,
} from './storage/manifest.ts';
import { dumpWithWasm } from './wasm/dump.ts';

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

/**
 * Backs up a database: dump, catalog, row counts and content hashes, all of one moment. The folder bears its
 * name only when everything in it is complete and synced. It counts as proven only after `verifyBackup`.
 *
 * @throws UnreadableObjectsError, TableLockedError, EngineUnavailableError, ToolFailedError,
 * ConnectionFailedError, PoolerConnectionError
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
  const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
  const startedAt = new Date();
  options.onProgress?.({ phase: 'snapshot' });
  return withSnapshot({ ...options, lockTimeoutMs }, async (snapshot) => {
    const engine = await engineFor(snapshot, options);
    const database = await describeDatabase(snapshot.client);
    const id = newBackupId(database.name, startedAt);
    let text = '';
    const path = await withNewBackupFolder(options.directory, id, async (folder) => {
      const contents = await dumpAndCount({ ...options, lockTimeoutMs }, engine, snapshot, folder);
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

interface Contents {
  readonly dump: FileRecord;
  readonly tables: ManifestTable[];
  readonly sequences: BackupManifest['sequences'];
  readonly largeObjects: BackupManifest['largeObjects'];
}

type DumpOptions = CreateBackupOptions & { readonly lockTimeoutMs: number };

/** Dumps and counts side by side; when one fails, the other is stopped. */
async function dumpAndCount(
  options: DumpOptions,
  engine: Engine,
  snapshot: HeldSnapshot,
  folder: string,
): Promise<Contents> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const before = await readSequenceValues(snapshot.client, snapshot.catalog.sequences);
  const both = await Promise.allSettled([
    stopping(stop, dump({ ...options, signal }, engine, snapshot, before, folder)),
    stopping(stop, count(options, snapshot, signal)),
  ]);
  options.signal?.throwIfAborted();
  // The first to fail stopped the other, whose own failure says nothing.
  if (stop.signal.aborted) throw stop.signal.reason;
  const [dumped, counted] = both;
  if (dumped.status === 'rejected') throw dumped.reason;
  if (counted.status === 'rejected') throw counted.reason;
  const after =
    engine.name === 'wasm'
      ? before
      : await readSequenceValues(snapshot.client, snapshot.catalog.sequences);
  return {
    dump: dumped.value,
    ...counted.value,
    sequences: before.map((value, index) => ({
      ...value,
      lastValueAfter: after[index]?.lastValue ?? value.lastValue,
      isCalledAfter: after[index]?.isCalled ?? value.isCalled,
    })),
  };
}

async function stopping<T>(stop: AbortController, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}

async function dump(
  options: DumpOptions & { readonly signal: AbortSignal },
  engine: Engine,
  snapshot: HeldSnapshot,
  sequences: readonly SequenceValue[],
  folder: string,
): Promise<FileRecord> {
  const name = dumpFileName(engine.name);
  const common = {
    connectionString: options.connectionString,
    snapshotId: snapshot.id,
    lockTimeoutMs: options.lockTimeoutMs,
    signal: options.signal,
    onBytes: (doneBytes: number) => options.onProgress?.({ phase: 'dump', doneBytes }),
  };
  const written = await withCheckedFile(join(folder, name), (file) =>
    engine.name === 'native'
      ? dumpNatively(engine.tools, common, file)
      : dumpWithWasm({ ...common, catalog: snapshot.catalog, sequences }, file),
  );
  return { name, ...written };
}

function count(
  options: CreateBackupOptions,
  snapshot: HeldSnapshot,
  signal: AbortSignal,
): Promise<Pick<Contents, 'tables' | 'largeObjects'>> {
  return withConnection(options.connectionString, signal, async (client: pg.Client) => {
    await importSnapshot(client, snapshot.id);
    const wanted = dataTables(snapshot.catalog);
    const tables: ManifestTable[] = [];
    for (const table of wanted) {
      const { schema, name } = table;
      options.onProgress?.({
        phase: 'count',
        table: `${schema}.${name}`,
        doneTables: tables.length,
        totalTables: wanted.length,
      });
      tables.push({
        schema,
        name,
        ...(await fingerprintTable(client, table, snapshot.catalog.encoding)),
      });
    }
    const objects = await fingerprintLargeObjects(client);
    return { tables, largeObjects: { count: objects.rows, hash: objects.hash } };
  });
}
