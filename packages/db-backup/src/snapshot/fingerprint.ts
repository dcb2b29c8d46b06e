import { quoteIdent } from '@tothub/db-catalog';
import type pg from 'pg';
import { queryRow } from '../connection/query-rows.ts';
import { type DataTable, fromItem } from './data-table.ts';

/** Number of rows and a hash of their contents that does not depend on their order. */
export interface Fingerprint {
  readonly rows: number;
  /** Null where only the rows were counted. */
  readonly hash: string | null;
}

/** Whether contents are hashed (`full`) or rows only counted (`none`). */
export type ContentHash = 'full' | 'none';

/**
 * Name of the algorithm, kept in the manifest: the sum of the first 64 bits of the SHA-256 of each row's
 * text. Sums keep duplicates apart, need no key and no sort, and can be taken by parallel workers.
 */
export const HASH_ALGORITHM = 'sum64(sha256(row text))';

/**
 * Counts and hashes the rows of a table. The session's settings must be pinned, so that equal values have
 * equal text on PostgreSQL 15 to 18.
 *
 * @example
 * ```sql
 * SELECT count(*) AS rows, coalesce(sum(('x' || left(encode(sha256(convert_to(
 *   ROW(t."a", t."b")::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint), 0) AS hash FROM ONLY "s"."t" AS t
 * ```
 */
export async function fingerprintTable(
  client: pg.Client,
  table: DataTable,
  encoding: string,
  contentHash: ContentHash,
): Promise<Fingerprint> {
  const row = `ROW(${table.columns.map((column) => `t.${quoteIdent(column)}`).join(', ')})::text`;
  const hash = sumOf(`convert_to(${row}, ${textEncoding(encoding)})`, contentHash);
  const found = await queryRow<{ rows: string; hash: string | null }>(
    client,
    `SELECT count(*) AS rows, ${hash} AS hash
     FROM ${fromItem(table)} AS t`,
  );
  return { rows: Number(found.rows), hash: found.hash };
}

const LARGE_OBJECT_PIECE_BYTES = 8_388_608;

/** Counts the large objects of the database and hashes their numbers and bytes, in pieces of 8 MiB. */
export async function fingerprintLargeObjects(
  client: pg.Client,
  contentHash: ContentHash,
): Promise<Fingerprint> {
  const piece = `convert_to(o.oid || ':' || place || ':', 'UTF8') || lo_get(o.oid, place, ${LARGE_OBJECT_PIECE_BYTES})`;
  const found = await queryRow<{ rows: string; hash: string | null }>(
    client,
    `SELECT count(*) FILTER (WHERE place = 0) AS rows, ${sumOf(piece, contentHash)} AS hash
     FROM (SELECT oid, lo_lseek64(lo_open(oid, ${INV_READ}), 0, 2) AS bytes
           FROM pg_largeobject_metadata OFFSET 0) AS o,
       generate_series(0, o.bytes, ${LARGE_OBJECT_PIECE_BYTES}) AS place`,
  );
  return { rows: Number(found.rows), hash: found.hash };
}

/** `INV_READ` of libpq-fs.h. */
const INV_READ = 0x40000;

function sumOf(bytes: string, contentHash: ContentHash): string {
  return contentHash === 'none'
    ? 'NULL'
    : `coalesce(sum(('x' || left(encode(sha256(${bytes}), 'hex'), 16))::bit(64)::bigint), 0)`;
}

/** A SQL_ASCII database may hold bytes that are not valid in any encoding: they are hashed as they are. */
function textEncoding(encoding: string): string {
  return encoding === 'SQL_ASCII' ? `'SQL_ASCII'` : `'UTF8'`;
}
