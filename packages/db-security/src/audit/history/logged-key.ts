/** Conditions on `row_key`, in the form that its index serves: by the first texts of the key, then by the whole of it. */

/** How many texts of a key the index holds. */
const INDEXED_TEXTS = 2;

/** The key that a parameter holds as a JSON array of texts, as `text[]`. */
export const keyOfJson = (parameter: string): string =>
  `(ARRAY(SELECT pg_catalog.json_array_elements_text((${parameter}::text)::json)))`;

/** The keys that a parameter holds as a JSON array of such arrays, as a relation of one column. */
export const keysOfJson = (parameter: string): string =>
  `(SELECT ARRAY(SELECT pg_catalog.json_array_elements_text(k))
    FROM pg_catalog.json_array_elements((${parameter}::text)::json) AS k)`;

/** That the log row with this alias is of a key, given as an expression of type `text[]`. */
export function hasRowKey(alias: string, key: string, length: number): string {
  const texts = indexed(length).map((n) => `${alias}.row_key[${n}] = (${key})[${n}]`);
  return `(${[...texts, `${alias}.row_key = ${key}`].join(' AND ')})`;
}

/** That the log row with this alias is of one of the keys in a relation of one column. */
export function hasRowKeyIn(alias: string, keys: string, length: number): string {
  const left = [...indexed(length).map((n) => `${alias}.row_key[${n}]`), `${alias}.row_key`];
  const right = [...indexed(length).map((n) => `given.key[${n}]`), 'given.key'];
  return `(${left.join(', ')}) IN (SELECT ${right.join(', ')} FROM ${keys} AS given(key))`;
}

const indexed = (length: number): number[] =>
  Array.from({ length: Math.min(length, INDEXED_TEXTS) }, (_, n) => n + 1);
