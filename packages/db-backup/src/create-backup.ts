import type { KeyObject } from 'node:crypto';
import { serialiseCatalog } from '@tothub/db-catalog';
import { readAccess } from './access/read-access.ts';
import { connectionWarnings } from './connection/connection-warnings.ts';
import { sizeWarnings } from './connection/size-warnings.ts';
import { type Contents, dumpAndCount } from './dump-and-count.ts';
import { assertEncryption } from './encryption/age-header.ts';
import type { BackupEncryption } from './encryption/encryption.ts';
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
import { missingFromSelection } from './selection/missing-from-selection.ts';
import { assertSelection, isEverything, type SelectionOptions } from './selection/selection.ts';
import { createSigner } from './signing/signing-key.ts';
import { describeDatabase } from './snapshot/describe-database.ts';
import { type ContentHash, hashAlgorithmFor } from './snapshot/fingerprint.ts';
import { type HeldSnapshot, withSnapshot } from './snapshot/hold-snapshot.ts';
import { missingFromBackup } from './snapshot/missing-from-backup.ts';
import { rolesNamed } from './snapshot/roles-named.ts';
import { newBackupId } from './storage/backup-name.ts';
import type { BackupDraft, BackupStorage } from './storage/backup-storage.ts';
import {
  CATALOG_FILE,
  CONTENTS_FILE,
  type ManifestContents,
  type ManifestHead,
  parseManifest,
  type SealedManifest,
  serialiseManifest,
} from './storage/manifest.ts';
import type { EncryptedContents } from './storage/open-backup.ts';
import { openStorage } from './storage/open-storage.ts';
import type { Signer } from './storage/sealed-json.ts';
import { writeBackupFile } from './storage/write-backup-file.ts';

export interface CreateBackupOptions extends SelectionOptions {
  /** Direct address of the database, not a transaction pooler's. */
  readonly connectionString: string;
  /** Folder of all backups; made when missing. Each backup becomes a folder in it. */
  readonly directory: string;
  /** @default 'auto': a fitting native `pg_dump`, else the one in WebAssembly */
  readonly engine?: EngineChoice;
  /** Folder of `pg_dump` and `pg_restore`. @default PATH and the usual places */
  readonly binDir?: string;
  /** Whom to encrypt for. @default nobody: the files can be read by everyone who gets them */
  readonly encryption?: BackupEncryption;
  /** Ed25519 key that signs the manifest. @default no signature */
  readonly signingKey?: KeyObject;
  /**
   * `sample` hashes one row in 16, by key, of tables of 8 MiB and more that have a primary key; `none` counts rows and
   * does not hash them. A verification then cannot compare all contents, and its receipt opens no gate.
   * @default 'full'
   */
  readonly contentHash?: ContentHash;
  /**
   * Sessions that dump side by side, each into a file of its own. A restore of several files is not one transaction.
   * A table is never split, so more than one helps where several are large.
   * @default 1
   */
  readonly jobs?: number;
  /** How long to wait for tables that others have locked. @default 10000 */
  readonly lockTimeoutMs?: number;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

const DEFAULT_LOCK_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

export interface CreatedBackup {
  /** Address of the backup, which the other functions take. */
  readonly path: string;
  readonly manifest: SealedManifest;
  /** What should be known and did not stand in the way, in words. */
  readonly warnings: readonly string[];
}

/**
 * Backs up a database: dump, catalog, row counts and content hashes, all of one moment. The folder bears its
 * name only when everything in it is complete and synced. It counts as proven only after `verifyBackup`.
 *
 * @throws UnreadableObjectsError, SelectionError, TableLockedError, EngineUnavailableError, ConnectionFailedError,
 * PoolerConnectionError, BackupKeyError before anything is written
 * @throws ToolFailedError, BackupFailedError when it fails on the way; nothing of it is kept
 * @example
 * ```ts
 * const { path, manifest } = await createBackup({ connectionString: url, directory: 'backups' });
 * // BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE …; SELECT pg_export_snapshot();
 * // pg_dump --format=custom --snapshot=…
 * ```
 */
export async function createBackup(options: CreateBackupOptions): Promise<CreatedBackup> {
  const signer = options.signingKey && createSigner(options.signingKey);
  assertSelection(options);
  if (options.encryption) await assertEncryption(options.encryption);
  const storage = await openStorage(options.directory);
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptBackup(options, storage, signer);
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
  storage: BackupStorage,
  signer: Signer | undefined,
): Promise<CreatedBackup> {
  let draft: BackupDraft | undefined;
  try {
    const { contents, text, warnings } = await fillDraft(options, signer, async (id) => {
      draft = await storage.begin(id, options.signal);
      return draft;
    });
    // The transaction on the server is over by now, whatever becomes of the rest.
    await draft?.publish(text);
    options.onProgress?.({ phase: 'done' });
    const manifest = { ...parseManifest(text).value, ...contents };
    return { path: storage.pathOf(manifest.id), manifest, warnings };
  } catch (error) {
    // What cannot be removed now is swept by a later run.
    await draft?.discard().catch(() => undefined);
    throw error;
  }
}

/** Writes everything but the manifest, and gives its text. */
async function fillDraft(
  options: CreateBackupOptions,
  signer: Signer | undefined,
  begin: (id: string) => Promise<BackupDraft>,
): Promise<{ contents: ManifestContents; text: string; warnings: string[] }> {
  const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
  const startedAt = new Date();
  options.onProgress?.({ phase: 'snapshot' });
  return withSnapshot({ ...options, lockTimeoutMs, select: options }, async (snapshot) => {
    const engine = await engineFor(snapshot, options);
    const database = await describeDatabase(snapshot.client);
    const id = newBackupId(database.name, startedAt);
    const draft = await begin(id);
    const dumped = await dumpAndCount(options, engine, snapshot, draft);
    const head = {
      id,
      engine: { name: engine.name, version: engine.version },
      server: snapshot.catalog.server,
      database,
      snapshot: { id: snapshot.id, lsn: snapshot.lsn },
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      ...(!isEverything(snapshot.selection) && { isSelective: true as const }),
    };
    const contents = await describeContents(snapshot, engine, dumped);
    const text = await writeRest(draft, options, signer, { head, contents, dumped, snapshot });
    const warnings = [
      ...connectionWarnings(options.connectionString),
      ...(await sizeWarnings(snapshot.client, options.connectionString)),
    ];
    return { contents, text, warnings };
  });
}

async function describeContents(
  { client, catalog, selection }: HeldSnapshot,
  engine: Engine,
  { tables, sequences, largeObjects }: Contents,
): Promise<ManifestContents> {
  return {
    hashAlgorithm: hashAlgorithmFor(catalog.encoding),
    tables,
    sequences,
    largeObjects,
    extensions: catalog.extensions.map(({ name, version }) => ({ name, version })),
    roles: rolesNamed(catalog),
    access: await readAccess(client),
    missing: [
      ...missingFromSelection(selection),
      ...(await missingFromBackup(client, engine.name)),
    ],
    ...(!isEverything(selection) && { selection }),
  };
}

/** Writes what comes after the dump: the catalog and what may be known of the contents; gives the manifest. */
async function writeRest(
  draft: BackupDraft,
  { encryption }: CreateBackupOptions,
  signer: Signer | undefined,
  parts: {
    readonly head: Omit<ManifestHead, 'formatVersion' | 'encryption' | 'files'>;
    readonly contents: ManifestContents;
    readonly dumped: Contents;
    readonly snapshot: HeldSnapshot;
  },
): Promise<string> {
  const { head, contents, dumped, snapshot } = parts;
  const write = (name: string, text: string) =>
    writeBackupFile(draft, name, encryption, (file) => file.write(Buffer.from(text)));
  const files = [...dumped.files, await write(CATALOG_FILE, serialiseCatalog(snapshot.catalog))];
  if (!encryption) {
    const stored = files.map((file) => file.stored);
    return serialiseManifest({ formatVersion: 1, ...head, files: stored, ...contents }, signer);
  }
  const inside: EncryptedContents = {
    backupId: head.id,
    ...contents,
    plainFiles: files.map((file) => file.plain),
  };
  files.push(await write(CONTENTS_FILE, JSON.stringify(inside)));
  const opensWith = 'passphrase' in encryption ? 'passphrase' : 'identity';
  const manifest: ManifestHead = {
    formatVersion: 2,
    ...head,
    encryption: { format: 'age', opensWith },
    files: files.map((file) => file.stored),
  };
  return serialiseManifest(manifest, signer);
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
