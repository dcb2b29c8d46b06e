import { quoteIdent } from '@tothub/db-catalog';
import type pg from 'pg';
import { queryRow } from '../connection/query-rows.ts';
import { type DataTable, fromItem } from './data-table.ts';
import { rowHash } from './value-hash.ts';

/** Number of rows and a hash of their contents that does not depend on their order. */
export interface Fingerprint {
  readonly rows: number;
  /** Null where only the rows were counted. */
  readonly hash: string | null;
  /** Set where not every row is in the hash. */
  readonly sample?: Sample;
}

/** Which rows are in a hash: those of which the hash of the key ends in zero, for each database the same ones. */
export interface Sample {
  /** One row in so many, a power of two. */
  readonly oneIn: number;
  /** Rows that are in the hash. */
  readonly rows: number;
}

/**
 * Whether contents are hashed (`full`), of large tables with a primary key one row in 16 (`sample`), or rows only
 * counted (`none`).
 */
export type ContentHash = 'full' | 'sample' | 'none';

/** What one table is asked for: all rows, one in so many by key, or their number only. */
export type TableHash = 'full' | 'none' | { readonly oneIn: number };

/**
 * Names of the algorithms, kept in the manifest. Sums keep duplicates apart, need no sort, and can be taken by parallel
 * workers. The first is for databases in UTF8: the seeded hashes of a row's values, combined by XOR. The second,
 * for all others and in older backups, is 8 times as dear: the first 64 bits of the SHA-256 of each row's text.
 */
export const HASH_ALGORITHMS = {
  values: 'sum64(xor64(hash of each value))',
  rowText: 'sum64(sha256(row text))',
} as const;

/** The algorithm for a new backup of a database. */
export function hashAlgorithmFor(encoding: string): string {
  return encoding === 'UTF8' ? HASH_ALGORITHMS.values : HASH_ALGORITHMS.rowText;
}

/** Tables of fewer bytes are hashed in full also where a sample is wanted. */
const SAMPLED_FROM_BYTES = 8_388_608;
const SAMPLED_ONE_IN = 16;

/** What to hash of a table where the backup asks for this. */
export function tableHashFor(contentHash: ContentHash, table: DataTable): TableHash {
  if (contentHash !== 'sample') return contentHash;
  return table.key.length > 0 && table.bytes >= SAMPLED_FROM_BYTES
    ? { oneIn: SAMPLED_ONE_IN }
    : 'full';
}

/**
 * Counts and hashes the rows of a table. The session's settings must be pinned, so that equal values have
 * equal text on PostgreSQL 15 to 18.
 *
 * @example
 * ```sql
 * SELECT count(*) AS rows, coalesce(sum(coalesce(hashint4extended(t."a", 1), 1)
 *   # coalesce(hashtextextended(t."b" COLLATE "C", 2), 2)), 0) AS hash FROM ONLY "s"."t" AS t
 * ```
 */
export async function fingerprintTable(
  client: pg.Client,
  table: DataTable,
  how: { readonly encoding: string; readonly algorithm: string; readonly hash: TableHash },
): Promise<Fingerprint> {
  const oneIn = typeof how.hash === 'object' ? how.hash.oneIn : 1;
  const isHashed = how.hash !== 'none';
  const sampled =
    oneIn > 1 ? ` FILTER (WHERE (${rowHash(table.key)}) & ${Math.trunc(oneIn) - 1} = 0)` : '';
  const hash = isHashed ? `coalesce(sum(${hashOfRow(table, how)})${sampled}, 0)` : 'NULL';
  const found = await queryRow<{ rows: string; hashed: string; hash: string | null }>(
    client,
    `SELECT count(*) AS rows, count(*)${sampled} AS hashed, ${hash} AS hash FROM ${fromItem(table)} AS t`,
  );
  return {
    rows: Number(found.rows),
    hash: found.hash,
    ...(oneIn > 1 && { sample: { oneIn, rows: Number(found.hashed) } }),
  };
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
    `SELECT count(*) FILTER (WHERE place = 0) AS rows,
       ${contentHash === 'none' ? 'NULL' : `coalesce(sum(${sha64(piece)}), 0)`} AS hash
     FROM (SELECT oid, lo_lseek64(lo_open(oid, ${INV_READ}), 0, 2) AS bytes
           FROM pg_largeobject_metadata OFFSET 0) AS o,
       generate_series(0, o.bytes, ${LARGE_OBJECT_PIECE_BYTES}) AS place`,
  );
  return { rows: Number(found.rows), hash: found.hash };
}

/** `INV_READ` of libpq-fs.h. */
const INV_READ = 0x40000;

function hashOfRow(
  table: DataTable,
  { encoding, algorithm }: { readonly encoding: string; readonly algorithm: string },
): string {
  if (algorithm === HASH_ALGORITHMS.values) return rowHash(table.columns);
  const row = `ROW(${table.columns.map(({ name }) => `t.${quoteIdent(name)}`).join(', ')})::text`;
  // A SQL_ASCII database may hold bytes that are not valid in any encoding: they are hashed as they are.
  return sha64(`convert_to(${row}, ${encoding === 'SQL_ASCII' ? `'SQL_ASCII'` : `'UTF8'`})`);
}

function sha64(bytes: string): string {
  return `('x' || left(encode(sha256(${bytes}), 'hex'), 16))::bit(64)::bigint`;
}
