/**
 * A 64-bit hash of one value as SQL. Types whose own hash function tells all different values apart use it; all others
 * are hashed by their text under pinned settings. These functions decide where rows of hash-partitioned tables
 * lie and may be called on upgrades, so PostgreSQL 15 to 18 give the same numbers.
 */
import { quoteIdent } from '@tothub/db-catalog';

/** A column as far as its values are hashed. */
export interface HashedColumn {
  readonly name: string;
  /** As `format_type` prints it. */
  readonly type: string;
}

type HashOf = (value: string, seed: number) => string;

const textHash: HashOf = (value, seed) => `hashtextextended(${value} COLLATE "C", ${seed})`;
const timestampHash: HashOf = (value, seed) => `timestamp_hash_extended(${value}, ${seed})`;

// Its own function passes over blanks at the end.
const paddedHash: HashOf = (value, seed) =>
  `hashbpcharextended(${value} COLLATE "C", ${seed}) # octet_length(${value})`;

const BY_TYPE: ReadonlyMap<string, HashOf> = new Map([
  ['smallint', (value, seed) => `hashint2extended(${value}, ${seed})`],
  ['integer', (value, seed) => `hashint4extended(${value}, ${seed})`],
  ['bigint', (value, seed) => `hashint8extended(${value}, ${seed})`],
  ['boolean', (value, seed) => `hashint4extended(${value}::int4, ${seed})`],
  ['uuid', (value, seed) => `uuid_hash_extended(${value}, ${seed})`],
  ['text', textHash],
  ['character varying', textHash],
  ['character', paddedHash],
  ['bpchar', paddedHash],
  ['timestamp without time zone', timestampHash],
  // The session's time zone is UTC.
  ['timestamp with time zone', (value, seed) => timestampHash(`${value}::timestamp`, seed)],
  // The text of bytes is twice as long as they are; only a record hashes bytes as they are.
  ['bytea', (value, seed) => `hash_record_extended(ROW(${value}), ${seed})`],
]);

/** SQL for the hash of a column of `t`; `seed` tells the columns of a row apart, and stands for null. */
function valueHash({ name, type }: HashedColumn, seed: number): string {
  const value = `t.${quoteIdent(name)}`;
  const hash = BY_TYPE.get(type.replace(/\(\d+\)/, ''));
  if (hash) return `coalesce(${hash(value, seed)}, ${seed})`;
  // The cast of a type that somebody made, or of a domain, may change the text; a record shows it as it is.
  const text = type.includes('.') ? `ROW(${value})::text` : `${value}::text`;
  return `coalesce(${textHash(text, seed)}, ${seed})`;
}

/** SQL for the hash of several columns of `t` together. */
export function rowHash(columns: readonly HashedColumn[]): string {
  return columns.length === 0
    ? '0'
    : columns.map((column, index) => valueHash(column, index + 1)).join(' # ');
}
