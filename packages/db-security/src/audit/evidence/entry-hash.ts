/**
 * The hashes of the tamper evidence as SQL expressions, in one place: sealing has them in its function, verifying sends
 * them itself, so that whoever replaces the function in the database is found out.
 *
 * A hash is over texts that mean one thing only: an array's text quotes its elements, and a uuid, an array and a JSON
 * object each show where they end. None of them depends on a setting, a locale or the server's version; times and dates
 * go in as their binary form. (A row's text would not do: it quotes what the locale takes for a space.)
 */

/** SHA-256 of what one entry says of the record: what erasure takes away. `entry` is an alias of the log. */
export function valuesHash(entry: string): string {
  const texts = ['salt', 'row_key', 'new_key', 'old_values', 'new_values'].map(
    (column) => `coalesce(${entry}.${column}::text, '-')`,
  );
  return `sha256(convert_to(concat_ws('|', ${texts.join(', ')}), 'UTF8'))`;
}

/** SHA-256 of one entry of the log without its id. It stays the same when values are erased. */
export function entryHash(entry: string): string {
  const e = entry;
  return hashOf([
    "'1'",
    `encode(timestamptz_send(${e}.at), 'hex')`,
    `${e}.transaction_id::text`,
    `${e}.schema_name`,
    `${e}.table_name`,
    `${e}.partition_name`,
    `${e}.operation`,
    `${e}.row_count::text`,
    `encode(${e}.content_hash, 'hex')`,
    `encode(coalesce(${e}.erased_hash, ${valuesHash(e)}), 'hex')`,
    `${e}.actor`,
    `${e}.login_role`,
    `${e}.set_role`,
  ]);
}

/** SHA-256 of the entry hashes in order of id, as an aggregate. */
export function rowsHash(hash: string, order: string): string {
  return `sha256(coalesce(string_agg(${hash}, ''::bytea ORDER BY ${order}), ''))`;
}

/** How many bytes of an entry's hash are kept to point to it. */
export const MARK_BYTES = 4;

/** The beginnings of the entry hashes in order of id, as an aggregate. */
export function entryMarks(hash: string, order: string): string {
  return `string_agg(substring(${hash} FOR ${MARK_BYTES}), ''::bytea ORDER BY ${order})`;
}

/** SHA-256 of a seal and, through the hash of the one before it, of all earlier ones. `seal` is a row like a seal. */
export function chainHash(seal: string, previousHash: string): string {
  const s = seal;
  return hashOf([
    "'1'",
    `encode(${previousHash}, 'hex')`,
    `${s}.number::text`,
    `encode(timestamptz_send(${s}.sealed_at), 'hex')`,
    `encode(date_send(${s}.month), 'hex')`,
    `${s}.ids::text`,
    `${s}.row_count::text`,
    `encode(${s}.rows_hash, 'hex')`,
    `${s}.low_id::text`,
    `${s}.last_id::text`,
    `${s}.next_xid::text`,
  ]);
}

/** The month of UTC in which an entry was written. */
export function monthOf(entry: string): string {
  return `date_trunc('month', ${entry}.at AT TIME ZONE 'UTC')::date`;
}

function hashOf(texts: readonly string[]): string {
  return `sha256(convert_to(ARRAY[${texts.join(', ')}]::text, 'UTF8'))`;
}
