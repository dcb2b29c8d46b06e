/**
 * A dump without a native `pg_dump`: definitions by `pg_dump` compiled to WebAssembly, rows by COPY, both in
 * the snapshot that the caller holds. Owners and grants are left to `catalog.json`.
 */
import { type Catalog, qualifiedName } from '@tothub/db-catalog';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { withConnection } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { columnList, type DataTable, dataTables, fromItem } from '../snapshot/data-table.ts';
import { FOLLOWER_LOCK_TIMEOUT_MS, importSnapshot } from '../snapshot/hold-snapshot.ts';
import { lockableTables, lockTables } from '../snapshot/lock-tables.ts';
import type { SequenceValue } from '../snapshot/sequence-values.ts';
import type { CheckedFile } from '../storage/checked-file.ts';
import { writePart } from './container.ts';
import { runPgDump } from './run-pg-dump.ts';

const LARGE_OBJECT_PIECE_BYTES = 1 << 20;

interface WasmDumpOptions {
  readonly connectionString: string;
  readonly snapshotId: string;
  readonly catalog: Catalog;
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
  await withConnection(options.connectionString, options.signal, async (client) => {
    // Every session takes its locks at once: later, it would queue behind whoever waits to alter a table.
    await importSnapshot(client, options.snapshotId);
    await lockTables(client, await lockableTables(client), {
      connectionString: options.connectionString,
      lockTimeoutMs: FOLLOWER_LOCK_TIMEOUT_MS,
    });
    const [preData, postData] = await Promise.all([
      runSection('pre-data', options),
      runSection('post-data', options),
    ]);
    await write(file, { kind: 'begin', format: 'tothub-dump', formatVersion: 1 });
    await write(file, { kind: 'script', section: 'pre-data' }, [Buffer.from(preData)]);
    for (const table of dataTables(options.catalog)) await writeTable(client, table, file, write);
    for (const object of await largeObjects(client)) {
      await write(file, { kind: 'large object', ...object }, largeObjectPieces(client, object.oid));
    }
    await write(file, { kind: 'sequences' }, [Buffer.from(JSON.stringify(options.sequences))]);
    await write(file, { kind: 'script', section: 'post-data' }, [Buffer.from(postData)]);
  });
  await write(file, { kind: 'end', parts });
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
  await write(file, header, client.query(copyTo(`COPY ${source} TO STDOUT`)));
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
