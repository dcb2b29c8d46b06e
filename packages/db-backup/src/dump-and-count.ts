import { withConnection } from './connection/connect.ts';
import type { BackupEncryption } from './encryption/encryption.ts';
import type { Engine } from './engine.ts';
import { LockQueueError } from './errors.ts';
import type { DumpPart } from './jobs/dump-part.ts';
import { planParts } from './jobs/plan-parts.ts';
import { dumpNatively } from './native/dump.ts';
import type { OnProgress } from './progress.ts';
import { relationKey } from './relation-key.ts';
import { selectedTables } from './selection/selection.ts';
import { eachReleasingLocks } from './snapshot/each-releasing-locks.ts';
import {
  type ContentHash,
  fingerprintLargeObjects,
  fingerprintTable,
  hashAlgorithmFor,
  tableHashFor,
} from './snapshot/fingerprint.ts';
import type { HeldSnapshot } from './snapshot/hold-snapshot.ts';
import { exclusiveLocks } from './snapshot/lock-tables.ts';
import { readSequenceValues, type SequenceValue } from './snapshot/sequence-values.ts';
import type { BackupDraft } from './storage/backup-storage.ts';
import type { BackupManifest, ManifestTable } from './storage/manifest.ts';
import { type WrittenFile, writeBackupFile } from './storage/write-backup-file.ts';
import { dumpWithWasm } from './wasm/dump.ts';

/** What a backup consists of, besides its catalog. */
export interface Contents {
  /** Files of the dump, the one with the definitions first. */
  readonly files: readonly WrittenFile[];
  readonly tables: ManifestTable[];
  readonly sequences: BackupManifest['sequences'];
  readonly largeObjects: BackupManifest['largeObjects'];
}

interface DumpOptions {
  readonly connectionString: string;
  readonly encryption?: BackupEncryption;
  readonly contentHash?: ContentHash;
  readonly jobs?: number;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/**
 * Dumps and counts side by side; when one fails, the other is stopped. The counting is done by the session
 * that holds the locks, since a new one would queue behind anybody who waits to alter a table.
 */
export async function dumpAndCount(
  options: DumpOptions,
  engine: Engine,
  snapshot: HeldSnapshot,
  draft: BackupDraft,
): Promise<Contents> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const sequences = snapshot.selection.rows ? snapshot.catalog.sequences : [];
  const before = await readSequenceValues(snapshot.client, sequences);
  const parts = await planParts(snapshot, engine, options.jobs ?? 1);
  const fileOf = new Map(
    parts.flatMap((part) => part.tables.map((table) => [relationKey(table), part.file])),
  );
  const [dumped, counted] = await Promise.allSettled([
    stopping(
      stop,
      options,
      dump({ ...options, signal }, engine, snapshot, { parts, sequences: before }, draft),
    ),
    stopping(stop, options, count(options, snapshot, signal)),
  ]);
  options.signal?.throwIfAborted();
  // The first to fail stopped the other, whose own failure says nothing.
  if (stop.signal.aborted) throw stop.signal.reason;
  if (dumped.status === 'rejected') throw dumped.reason;
  if (counted.status === 'rejected') throw counted.reason;
  const after =
    engine.name === 'wasm' ? before : await readSequenceValues(snapshot.client, sequences);
  return {
    files: dumped.value,
    largeObjects: counted.value.largeObjects,
    tables: counted.value.tables.map((table) => {
      const file = fileOf.get(relationKey(table));
      return file === undefined || file === parts[0]?.file ? table : { ...table, file };
    }),
    sequences: before.map((value, index) => ({
      ...value,
      lastValueAfter: after[index]?.lastValue ?? value.lastValue,
      isCalledAfter: after[index]?.isCalled ?? value.isCalled,
    })),
  };
}

/** A failed dump may have waited for somebody who waited for us: asked while our locks are still held. */
async function explained(error: unknown, options: DumpOptions): Promise<unknown> {
  const waiting = await exclusiveLocks(options.connectionString).catch(() => []);
  if (waiting.length === 0) return error;
  return new LockQueueError(
    `The dump could not lock every table: ${waiting.join('; ')}. Wait for it to end, or end it, and try again.`,
    { cause: error },
  );
}

async function stopping<T>(
  stop: AbortController,
  options: DumpOptions,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    // Who gave up needs no explanation, and a dead network would keep it waiting.
    if (options.signal?.aborted) stop.abort(error);
    if (!stop.signal.aborted) stop.abort(await explained(error, options));
    throw error;
  }
}

/** Writes all files side by side; none is still being written when it ends, or fails. */
async function dump(
  options: DumpOptions & { readonly signal: AbortSignal },
  engine: Engine,
  snapshot: HeldSnapshot,
  plan: { readonly parts: readonly DumpPart[]; readonly sequences: readonly SequenceValue[] },
  draft: BackupDraft,
): Promise<WrittenFile[]> {
  const stop = new AbortController();
  const doneBytes = plan.parts.map(() => 0);
  const written = await Promise.allSettled(
    plan.parts.map(async (part, index) => {
      const common = {
        part,
        connectionString: options.connectionString,
        snapshotId: snapshot.id,
        signal: AbortSignal.any([options.signal, stop.signal]),
        onBytes: (bytes: number) => {
          doneBytes[index] = bytes;
          options.onProgress?.({ phase: 'dump', doneBytes: doneBytes.reduce((a, b) => a + b) });
        },
      };
      try {
        return await writeBackupFile(draft, part.file, options.encryption, (file) =>
          engine.name === 'native'
            ? dumpNatively(engine.tools, common, file)
            : dumpWithWasm({ ...common, sequences: plan.sequences }, file),
        );
      } catch (error) {
        // The first failure ends the others, whose own says nothing.
        stop.abort(error);
        throw error;
      }
    }),
  );
  stop.signal.throwIfAborted();
  return written.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function count(
  options: DumpOptions,
  { client, catalog, selection, pid }: HeldSnapshot,
  signal: AbortSignal,
): Promise<Pick<Contents, 'tables' | 'largeObjects'>> {
  // A closed socket would not end a long query, nor give back its locks.
  signal.addEventListener('abort', () => {
    withConnection(options.connectionString, undefined, (other) =>
      other.query('SELECT pg_cancel_backend($1)', [pid]),
    ).catch(() => undefined);
  });
  const contentHash = options.contentHash ?? 'full';
  const wanted = selectedTables(catalog, selection);
  const { encoding } = catalog;
  const algorithm = hashAlgorithmFor(encoding);
  const tables: ManifestTable[] = [];
  // No more of the server's processors than the dump takes.
  await client.query(
    `SELECT set_config('max_parallel_workers_per_gather', least($1, current_setting('max_parallel_workers_per_gather')::int)::text, true)`,
    [Math.max(1, options.jobs ?? 1) - 1],
  );
  await eachReleasingLocks(client, wanted, async (table) => {
    signal.throwIfAborted();
    const { schema, name } = table;
    options.onProgress?.({
      phase: 'count',
      table: `${schema}.${name}`,
      doneTables: tables.length,
      totalTables: wanted.length,
    });
    const hash = tableHashFor(contentHash, table);
    const found = await fingerprintTable(client, table, { encoding, algorithm, hash });
    tables.push({ schema, name, ...found });
  });
  const objects = selection.largeObjects
    ? await fingerprintLargeObjects(client, contentHash)
    : { rows: 0, hash: null };
  return { tables, largeObjects: { count: objects.rows, hash: objects.hash } };
}
