/**
 * A dump without a native `pg_dump`: definitions by `pg_dump` compiled to WebAssembly, rows by COPY, both in
 * the snapshot that the caller holds. Owners and grants are left to `catalog.json`.
 */
import { qualifiedName } from '@tothub/db-catalog';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { withConnection } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import type { DumpPart } from '../jobs/dump-part.ts';
import { exactly } from '../selection/exact-pattern.ts';
import { columnList, type DataTable, fromItem } from '../snapshot/data-table.ts';
import { FOLLOWER_LOCK_TIMEOUT_MS, importSnapshot } from '../snapshot/hold-snapshot.ts';
import { lockTables } from '../snapshot/lock-tables.ts';
import type { SequenceValue } from '../snapshot/sequence-values.ts';
import type { CheckedFile } from '../storage/checked-file.ts';
import { writePart } from './container.ts';
import { runPgDump } from './run-pg-dump.ts';

const LARGE_OBJECT_PIECE_BYTES = 1 << 20;

interface WasmDumpOptions {
  readonly connectionString: string;
  readonly snapshotId: string;
  readonly part: DumpPart;
  readonly sequences: readonly SequenceValue[];
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
}

/** Writes the whole container into the file. */
export async function dumpWithWasm(options: WasmDumpOptions, file: CheckedFile): Promise<void> {
  let parts = 0;
  const write: typeof writePart = async (...part) => {
    options.signal?.throwIfAborted();
    await writePart(...part);
    parts++;
    options.onBytes?.(file.bytes);
  };
  const { part } = options;
  const writeAll = async (client: pg.Client | undefined): Promise<void> => {
    // One after the other: each takes as much memory as everything else.
    const preData = part.definitions ? await runSection('pre-data', options) : undefined;
    const postData = part.definitions ? await runSection('post-data', options) : undefined;
    const writeScript = async (section: 'pre-data' | 'post-data', script: string | undefined) => {
      if (script !== undefined) {
        await write(file, { kind: 'script', section }, [Buffer.from(script)]);
      }
    };
    await write(file, { kind: 'begin', format: 'tothub-dump', formatVersion: 1 });
    await writeScript('pre-data', preData);
    if (client) await writeRows(client, options, file, write);
    await writeScript('post-data', postData);
    await write(file, { kind: 'end', parts });
  };
  if (part.tables.length === 0 && !part.rest) return writeAll(undefined);
  await withConnection(options.connectionString, options.signal, async (client) => {
    // Every session takes its locks at once: later, it would queue behind whoever waits to alter a table.
    await importSnapshot(client, options.snapshotId);
    await lockTables(
      client,
      part.tables.flatMap((table) => [table, ...table.leaves]),
      {
        connectionString: options.connectionString,
        lockTimeoutMs: FOLLOWER_LOCK_TIMEOUT_MS,
      },
    );
    await writeAll(client);
  });
}

async function writeRows(
  client: pg.Client,
  { part, sequences }: WasmDumpOptions,
  file: CheckedFile,
  write: typeof writePart,
): Promise<void> {
  for (const table of part.tables) await writeTable(client, table, file, write);
  if (!part.rest) return;
  const objects = part.selection.largeObjects ? await largeObjects(client) : [];
  for (const object of objects) {
    await write(file, { kind: 'large object', ...object }, largeObjectPieces(client, object.oid));
  }
  await write(file, { kind: 'sequences' }, [Buffer.from(JSON.stringify(sequences))]);
}

function runSection(section: 'pre-data' | 'post-data', options: WasmDumpOptions): Promise<string> {
  const args = [
    `--section=${section}`,
    `--snapshot=${options.snapshotId}`,
    `--lock-wait-timeout=${FOLLOWER_LOCK_TIMEOUT_MS}`,
    '--encoding=UTF8',
    '--no-owner',
    '--no-acl',
    '--no-tablespaces',
    '--no-subscriptions',
    // With the number of each object and of those that it depends on: a restore of single tables needs them.
    '--verbose',
    ...options.part.selection.leftOut.map((relation) => `--exclude-table=${exactly(relation)}`),
  ];
  return runPgDump(options.connectionString, args, options.signal);
}

async function writeTable(
  client: pg.Client,
  table: DataTable,
  file: CheckedFile,
  write: typeof writePart,
): Promise<void> {
  const { schema, name, copyColumns: columns } = table;
  const header = { kind: 'table', schema, name, columns } as const;
  if (columns.length === 0) return write(file, header);
  const list = columnList(columns);
  // COPY of a table leaves out its children, which is what ONLY means; a partitioned root needs a query.
  const source = table.wholeTree
    ? `(SELECT ${list} FROM ${fromItem(table)})`
    : `${qualifiedName(table)} (${list})`;
  await write(file, header, copyOut(client, `COPY ${source} TO STDOUT`));
}

/** Begins only when it is read: before that, nobody would hear that the connection was lost. */
async function* copyOut(client: pg.Client, command: string): AsyncGenerator<Buffer> {
  yield* client.query(copyTo(command));
}

function largeObjects(client: pg.Client): Promise<{ oid: string; comment: string | null }[]> {
  return queryRows(
    client,
    `SELECT oid, obj_description(oid, 'pg_largeobject') AS comment FROM pg_largeobject_metadata ORDER BY oid`,
  );
}

async function* largeObjectPieces(client: pg.Client, oid: string): AsyncGenerator<Buffer> {
  for (let place = 0; ; place += LARGE_OBJECT_PIECE_BYTES) {
    const { rows } = await client.query<{ piece: Buffer }>('SELECT lo_get($1, $2, $3) AS piece', [
      oid,
      place,
      LARGE_OBJECT_PIECE_BYTES,
    ]);
    const piece = rows[0]?.piece ?? Buffer.alloc(0);
    if (piece.length > 0) yield piece;
    if (piece.length < LARGE_OBJECT_PIECE_BYTES) return;
  }
}
