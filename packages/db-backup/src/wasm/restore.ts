import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { qualifiedName, quoteLiteral } from '@tothub/db-catalog';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { withConnection } from '../connection/connect.ts';
import { FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT } from '../connection/server-versions.ts';
import { BackupError, messageOf, RestoreFailedError, withoutRowValues } from '../errors.ts';
import { columnList } from '../snapshot/data-table.ts';
import type { SequenceValue } from '../snapshot/sequence-values.ts';
import { type Part, type PartHeader, readParts } from './container.ts';

export interface RestoreContainerOptions {
  readonly connectionString: string;
  readonly oneTransaction: boolean;
  readonly serverMajor: number;
  /** Rows that the manifest states for a table. */
  readonly rowsOf: (table: { readonly schema: string; readonly name: string }) => number;
  /** Called when the tables stand, before indexes and constraints are made. */
  readonly beforePostData?: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
}

/** Restores a container written by `dumpWithWasm`: definitions, rows, values of sequences, the rest. */
export async function restoreContainer(
  dump: AsyncIterable<Buffer>,
  options: RestoreContainerOptions,
): Promise<void> {
  let place = 'the connection';
  try {
    await withConnection(options.connectionString, options.signal, async (client) => {
      if (options.oneTransaction) await client.query('BEGIN');
      for await (const part of readParts(dump, options.onBytes)) {
        place = placeOf(part.header);
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

async function restorePart(
  client: pg.Client,
  { header, contents }: Part,
  options: RestoreContainerOptions,
): Promise<void> {
  switch (header.kind) {
    case 'script':
      if (header.section === 'post-data') await options.beforePostData?.();
      return runScript(client, forServer(await text(contents), options.serverMajor));
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

/** Heading that `pg_dump` puts before each object; `--verbose` adds its number and what it depends on. */
const HEADING =
  /\n(?=--\n(?:-- TOC entry .*\n)?(?:-- Dependencies: .*\n)?-- Name: .*; Type: .*; Schema: .*; Owner: )/;
const OBJECTS_PER_QUERY = 100;

/** Several statements in one query are one transaction, with its locks: so at most a hundred objects at once. */
async function runScript(client: pg.Client, script: string): Promise<void> {
  const objects = script.split(HEADING);
  for (let from = 0; from < objects.length; from += OBJECTS_PER_QUERY) {
    await runStatements(client, objects.slice(from, from + OBJECTS_PER_QUERY).join('\n'));
  }
}

async function runStatements(client: pg.Client, script: string): Promise<void> {
  try {
    await client.query(script);
  } catch (error) {
    const position = Number((error as { position?: string }).position ?? Number.NaN);
    const before = Number.isNaN(position) ? '' : script.slice(0, position);
    const object = before.slice(before.lastIndexOf('\n-- Name: ') + 1).split('\n')[0];
    if (!object?.startsWith('-- Name: ')) throw error;
    throw new Error(`${messageOf(error)} (at ${object.slice('-- Name: '.length)})`, {
      cause: withoutRowValues(error),
    });
  }
}

/** `pg_dump` 18 sets `transaction_timeout`, which older servers do not know. */
function forServer(script: string, major: number): string {
  if (major >= FIRST_MAJOR_WITH_TRANSACTION_TIMEOUT) return script;
  return script.replace('\nSET transaction_timeout = 0;\n', '\n');
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
