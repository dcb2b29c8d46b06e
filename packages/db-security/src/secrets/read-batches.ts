/** Reads the rows of a treatment in keyset pages, so that memory and locks stay small whatever the table's size. */

import type { Queryable } from '@tothub/db-catalog';
import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import { keyAliases, type SecretTable } from './secret-table.ts';
import { type SecretTreatment, targetsOf } from './treatment.ts';

/** A row with a secret: its key, the old value, and what was made of it. */
export interface SecretRow {
  /** Primary key: column name to text value. */
  readonly key: Readonly<Record<string, string>>;
  readonly keyTexts: readonly string[];
  readonly old: string | null;
  /** What stands in the targets; for `reduce`, what the function gives. */
  readonly targets: readonly (string | null)[];
  /** The row's xmin. It changes with every update, and unlike the old value it can be sent to the server again. */
  readonly version: string;
}

/** Reads all rows of a treatment, `size` at a time, in key order; of `reduce` those that would change. */
export async function* readBatches(
  db: Queryable,
  table: SecretTable,
  treatment: SecretTreatment,
  size: number,
): AsyncGenerator<SecretRow[]> {
  let after: readonly string[] = [];
  while (true) {
    const { text, values } = batchQuery(table, treatment, size, after);
    const { rows } = await db.query(text, values);
    if (rows.length === 0) return;
    const batch = (rows as Record<string, string | null>[]).map((row) => toRow(row, table));
    yield batch;
    if (rows.length < size) return;
    after = (batch.at(-1) as SecretRow).keyTexts;
  }
}

function batchQuery(
  table: SecretTable,
  treatment: SecretTreatment,
  size: number,
  after: readonly string[],
): { text: string; values: unknown[] } {
  const old = `t.${quoteIdent(treatment.column)}`;
  const keys = table.key.map((column) => `t.${quoteIdent(column.name)}`);
  const values: unknown[] = [];
  const conditions: string[] = [];
  let from = `${table.sql} AS t`;
  let results = targetsOf(treatment).map((name) => `t.${quoteIdent(name)}::text`);
  if (treatment.treatment === 'reduce') {
    // OFFSET 0 keeps the planner from merging the sub-select, which would call the function twice a row.
    from += ` CROSS JOIN LATERAL (SELECT ${qualifiedName(treatment.reduceWith)}(${old}::text) AS text OFFSET 0) AS reduced`;
    results = ['reduced.text'];
    conditions.push(`reduced.text IS DISTINCT FROM ${old}::text`);
  }
  if (treatment.when !== undefined) {
    values.push(treatment.when.equals);
    conditions.push(`t.${quoteIdent(treatment.when.column)}::text = $${values.length}`);
  }
  if (after.length > 0) {
    const bounds = table.key.map((column, i) => {
      values.push(after[i]);
      return `CAST($${values.length} AS ${column.type})`;
    });
    conditions.push(`(${keys.join(', ')}) > (${bounds.join(', ')})`);
  }
  const selected = [
    ...keys.map((key, i) => `${key}::text AS k${i}`),
    `${old}::text AS old`,
    ...results.map((result, i) => `${result} AS t${i}`),
    't.xmin::text AS version',
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return {
    text: `SELECT ${selected.join(', ')} FROM ${from} ${where} ORDER BY ${keys.join(', ')} LIMIT ${size}`,
    values,
  };
}

function toRow(row: Record<string, string | null>, table: SecretTable): SecretRow {
  const keyTexts = keyAliases(table).map((alias) => row[alias] as string);
  return {
    key: Object.fromEntries(table.key.map((column, i) => [column.name, keyTexts[i] as string])),
    keyTexts,
    old: row.old ?? null,
    targets: Object.keys(row)
      .filter((alias) => /^t\d$/.test(alias))
      .map((alias) => row[alias] ?? null),
    version: row.version as string,
  };
}
