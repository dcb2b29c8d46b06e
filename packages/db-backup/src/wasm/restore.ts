import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { qualifiedName, quoteLiteral } from '@tothub/db-catalog';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { withConnection } from '../connection/connect.ts';
import { BackupError, messageOf, RestoreFailedError, withoutRowValues } from '../errors.ts';
import { type RunScriptOptions, runScript } from '../restore/run-script.ts';
import { columnList } from '../snapshot/data-table.ts';
import type { SequenceValue } from '../snapshot/sequence-values.ts';
import { type Part, type PartHeader, readParts } from './container.ts';

export interface RestoreContainerOptions extends RunScriptOptions {
  readonly connectionString: string;
  readonly oneTransaction: boolean;
  /** Rows that the manifest states for a table. */
  readonly rowsOf: (table: { readonly schema: string; readonly name: string }) => number;
  /** Passes triggers and foreign keys over. @default false */
  readonly asReplica?: boolean;
  /** Called when the tables stand, before indexes and constraints are made. */
  readonly beforePostData?: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
  /** Told the name of each table when its rows begin. */
  readonly onTable?: ((table: string) => void) | undefined;
}

/** Restores a container written by `dumpWithWasm`: definitions, rows, values of sequences, the rest. */
export async function restoreContainer(
  dump: AsyncIterable<Buffer>,
  options: RestoreContainerOptions,
): Promise<void> {
  let place = 'the connection';
  try {
    await withConnection(options.connectionString, options.signal, async (client) => {
      if (options.asReplica) await client.query('SET session_replication_role = replica');
      if (options.oneTransaction) await client.query('BEGIN');
      for await (const part of readParts(dump, options.onBytes)) {
        place = placeOf(part.header);
        if (part.header.kind === 'table') options.onTable?.(qualifiedName(part.header));
        await restorePart(client, part, options);
      }
      if (options.oneTransaction) await client.query('COMMIT');
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof BackupError) throw error;
    throw new RestoreFailedError(
      `The restore failed in ${place}: ${messageOf(error)}. The backup itself is whole; mend the cause and restore into an empty database again.`,
      { cause: withoutRowValues(error) },
    );
  }
}

/** Restores one part in a session. */
export async function restorePart(
  client: pg.Client,
  { header, contents }: Part,
  options: Pick<RestoreContainerOptions, 'beforePostData' | 'rowsOf' | 'serverMajor'>,
): Promise<void> {
  switch (header.kind) {
    case 'script':
      if (header.section === 'post-data') await options.beforePostData?.();
      return runScript(client, await text(contents), options);
    case 'table':
      return restoreTable(client, header, contents, options.rowsOf(header));
    case 'large object':
      return restoreLargeObject(client, header, contents);
    case 'sequences':
      for (const sequence of JSON.parse(await text(contents)) as SequenceValue[]) {
        await client.query('SELECT setval($1::regclass, $2, $3)', [
          qualifiedName(sequence),
          sequence.lastValue,
          sequence.isCalled,
        ]);
      }
      return;
    default:
      await buffer(contents);
  }
}

async function restoreTable(
  client: pg.Client,
  header: PartHeader & { kind: 'table' },
  contents: Readable,
  rows: number,
): Promise<void> {
  const table = qualifiedName(header);
  if (header.columns.length === 0) {
    await buffer(contents);
    // A table without columns, or with generated ones only, is nothing but a number of rows.
    await client.query(`INSERT INTO ${table} SELECT FROM generate_series(1, ${rows})`);
    return;
  }
  const copy = client.query(copyFrom(`COPY ${table} (${columnList(header.columns)}) FROM STDIN`));
  await pipeline(contents, copy);
  if (copy.rowCount !== rows) {
    throw new RestoreFailedError(
      `${table} received ${copy.rowCount} rows instead of ${rows}. Look for a trigger or rule that drops rows, then restore again.`,
    );
  }
}

async function restoreLargeObject(
  client: pg.Client,
  header: PartHeader & { kind: 'large object' },
  contents: Readable,
): Promise<void> {
  await client.query('SELECT lo_create($1)', [header.oid]);
  let place = 0;
  for await (const piece of contents as AsyncIterable<Buffer>) {
    await client.query('SELECT lo_put($1, $2, $3)', [header.oid, place, piece]);
    place += piece.length;
  }
  if (header.comment !== null) {
    await client.query(
      `COMMENT ON LARGE OBJECT ${Number(header.oid)} IS ${quoteLiteral(header.comment)}`,
    );
  }
}

function placeOf(header: PartHeader): string {
  switch (header.kind) {
    case 'script':
      return `the definitions (${header.section})`;
    case 'table':
      return `the rows of ${qualifiedName(header)}`;
    case 'large object':
      return `large object ${header.oid}`;
    default:
      return `the part "${header.kind}"`;
  }
}
