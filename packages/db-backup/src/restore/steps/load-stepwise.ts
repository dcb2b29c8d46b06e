/**
 * Loads a whole dump in one session, object by object. Each step is a transaction of its own that also writes down that
 * it is done, so that a run after one that was killed does exactly what is left; or all of them are one transaction.
 */
import { quoteLiteral } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from '../../connection/connect.ts';
import { BackupError, messageOf, RestoreFailedError, withoutRowValues } from '../../errors.ts';
import { findRestoreTools } from '../../native/restore-tools.ts';
import type { OnProgress } from '../../progress.ts';
import { relationKey } from '../../relation-key.ts';
import type { OpenedBackup } from '../../storage/open-backup.ts';
import { restoreProgress } from '../load-dump.ts';
import { NOTE_SCHEMA, stepsDone } from '../restore-note.ts';
import { type ArchivePiece, archivePieces } from './archive-pieces.ts';
import { type PieceRun, runPiece, skipPiece, statementsOf, tableOf } from './run-piece.ts';
import { headingOf } from './select-tables.ts';

export interface StepwiseOptions {
  readonly into: string;
  readonly serverMajor: number;
  readonly oneTransaction: boolean;
  readonly instead?: ReadonlyMap<string, string>;
  readonly binDir?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const OBJECTS_AT_ONCE = 100;
/** What takes long is a step by itself. */
const LONG = new Set(['INDEX', 'CONSTRAINT', 'FK CONSTRAINT', 'MATERIALIZED VIEW DATA']);

/**
 * Loads what is not loaded yet. Where several sessions took the backup, as many load the rows.
 *
 * @throws RestoreFailedError naming where; what was done before stays, and is not done again
 */
export async function loadStepwise(
  client: pg.Client,
  backup: OpenedBackup,
  options: StepwiseOptions,
): Promise<void> {
  const { engine, tables } = backup.manifest;
  const tools =
    engine.name === 'native'
      ? await findRestoreTools(engine.version, options.serverMajor, options.binDir)
      : undefined;
  const rows = new Map(tables.map((table) => [relationKey(table), table.rows]));
  const load: Load = {
    run: { ...options, rowsOf: (table) => rows.get(relationKey(table)) ?? 0 },
    done: await stepsDone(client),
    leftOut: foreignKeysLeftOut(backup),
    leftOutIds: new Set(),
    progress: restoreProgress(backup, options.onProgress),
    options,
    flush: async () => undefined,
    place: 'the connection',
  };
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const pieces = archivePieces(backup, {
    tools,
    signal,
    onBytes: load.progress.bytes,
    readDataFiles: async (files) => {
      // Other sessions see the tables only when they are committed.
      await load.flush();
      await Promise.allSettled(
        files.map((file) =>
          withConnection(options.into, signal, (other) => runAll(other, file, load)).catch(
            // The first failure ends the others, whose own says nothing.
            (error: unknown) => stop.abort(error),
          ),
        ),
      );
      signal.throwIfAborted();
    },
  });
  try {
    if (options.oneTransaction) await client.query('BEGIN');
    await runAll(client, pieces, load, (flush) => {
      load.flush = flush;
    });
    if (options.oneTransaction) await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    options.signal?.throwIfAborted();
    if (error instanceof BackupError) throw error;
    throw new RestoreFailedError(
      `The restore failed at ${load.place}: ${messageOf(error)}. ${options.oneTransaction ? 'Nothing was kept; mend the cause and restore again.' : 'What was done before stays; mend the cause, and the same command goes on from there.'}`,
      { cause: withoutRowValues(error) },
    );
  }
}

interface Load {
  readonly run: PieceRun;
  readonly done: ReadonlySet<string>;
  /** Headings of foreign keys whose other rows are not in the backup. */
  readonly leftOut: ReadonlySet<string>;
  /** Their numbers: their comments go with them. */
  readonly leftOutIds: Set<number>;
  readonly progress: ReturnType<typeof restoreProgress>;
  readonly options: StepwiseOptions;
  /** Runs what the first session has put off. */
  flush: () => Promise<void>;
  place: string;
}

/** Runs pieces in their order in one session. */
async function runAll(
  client: pg.Client,
  pieces: AsyncIterable<ArchivePiece>,
  load: Load,
  onBegin: (flush: () => Promise<void>) => void = () => undefined,
): Promise<void> {
  const { run, done, progress, options } = load;
  const transaction = async (keys: readonly string[], work: () => Promise<unknown>) => {
    if (options.oneTransaction) return void (await work());
    await client.query('BEGIN');
    await work();
    const values = keys.map((key) => `(${quoteLiteral(key)})`).join(', ');
    await client.query(`INSERT INTO ${NOTE_SCHEMA}.step VALUES ${values}; COMMIT`);
  };
  let batch: (ArchivePiece & { kind: 'sql' })[] = [];
  const flush = async (): Promise<void> => {
    const together = batch;
    batch = [];
    if (together.length === 0) return;
    load.place = `one of ${together.length} objects from ${together[0] && placeOf(together[0])}`;
    await transaction(
      together.map(({ key }) => key),
      () => client.query(together.map((one) => statementsOf(one, run)).join('\n')),
    );
  };
  onBegin(flush);
  for await (const one of pieces) {
    options.signal?.throwIfAborted();
    if (one.kind === 'sql' && one.piece.type === '') {
      await flush();
      await runPiece(client, one, run);
      continue;
    }
    const table = tableOf(one);
    if (table !== undefined) progress.table(table);
    if (done.has(one.key) || isLeftOut(one, load)) await skipPiece(client, one);
    else if (isShort(one)) {
      batch.push(one);
      if (batch.length >= OBJECTS_AT_ONCE) await flush();
    } else {
      await flush();
      load.place = placeOf(one);
      await transaction([one.key], () => runPiece(client, one, run));
    }
  }
  await flush();
}

function foreignKeysLeftOut({ manifest }: OpenedBackup): Set<string> {
  const keys = manifest.selection?.foreignKeysLeftOut ?? [];
  return new Set(
    keys.map(({ schema, table, name }) => headingOf('FK CONSTRAINT', schema, table, name)),
  );
}

function isLeftOut(one: ArchivePiece, { leftOut, leftOutIds }: Load): boolean {
  if (one.kind !== 'sql' || leftOut.size === 0) return false;
  const { id, heading, type, dependencies } = one.piece;
  const isOf = type === 'COMMENT' && dependencies.some((other) => leftOutIds.has(other));
  if (!leftOut.has(heading)) return isOf;
  if (id !== null) leftOutIds.add(id);
  return true;
}

function isShort(one: ArchivePiece): one is ArchivePiece & { kind: 'sql' } {
  return (
    one.kind === 'sql' && !one.piece.rows && !one.piece.statements && !LONG.has(one.piece.type)
  );
}

/** Where a restore is, in words. */
export function placeOf(one: ArchivePiece): string {
  if (one.kind === 'part') return tableOf(one) ?? `the part "${one.part.header.kind}"`;
  return one.piece.heading.replace(/; Type: /, ', ').replace(/; Schema: /, ', schema ');
}
