/**
 * Rotation of blind indexes. A digest cannot be turned into another, so each is made anew from its value, which comes from
 * a ciphertext or plaintext column of the row or from the caller. Which rows are left is told by the key id in each index.
 */
import { quoteIdent, quoteLiteral, type RelationName } from '@tothub/db-catalog';
import { type Decision, EMPTY, keep, write } from '../columns/decision.ts';
import { describeTable, type KeyedTable } from '../columns/keyed-table.ts';
import type { ColumnRow, RowSelection } from '../columns/read-rows.ts';
import { type RewriteOptions, rewriteRows } from '../columns/rewrite-rows.ts';
import { type KeptRows, keptRows } from '../columns/tally.ts';
import { lockUnchanged, type RowWrite, writeRows } from '../columns/write-rows.ts';
import {
  CiphertextRejectedError,
  SecretRefusedError,
  TreatmentError,
  withoutValues,
} from '../errors.ts';
import {
  assertSession,
  inTransaction,
  type TransactionalClient,
  withPinnedSession,
} from '../session.ts';
import { type BlindIndexOptions, blindIndex, type IndexedValue } from './blind-index.ts';
import { countFieldKeys, type FieldKeyCount } from './count-field-keys.ts';
import { decryptField } from './encrypt-field.ts';
import { keyIdSql } from './field-column.ts';

/** A row whose value is asked for. */
export interface IndexedRow {
  /** Primary key: column name to text value. */
  readonly key: Readonly<Record<string, string>>;
  /** The index as it stands. */
  readonly index: string | null;
}

/** Where the values come from. */
export type BlindIndexSource =
  /**
   * A column that `encryptField` filled, and the names that its values are bound to, by default those of the table and of
   * this column. What `expandSecrets` filled is by default bound to the name of the old column.
   */
  | {
      readonly ciphertext: string;
      readonly logicalName?: { readonly table: string; readonly column: string } | undefined;
    }
  /** A column with the values themselves. */
  | { readonly plaintext: string }
  /** A function that gives the value of a row with an index, or null when it has none: needed for compound values. */
  | ((row: IndexedRow) => IndexedValue | null | Promise<IndexedValue | null>);

/** What {@link rotateBlindIndex} is told, beside how the index is made, which must be how it was made. */
export interface RotateBlindIndexOptions extends RewriteOptions, Omit<BlindIndexOptions, 'keyId'> {
  readonly table: RelationName;
  /** The column with the blind indexes. */
  readonly column: string;
  readonly source: BlindIndexSource;
  /** Takes the new indexes, and the old ones stay. Without it they are replaced where they are. */
  readonly next?: string | undefined;
  /** Only rows whose column has this text value. */
  readonly when?: { readonly column: string; readonly equals: string } | undefined;
}

/** What a rotation did, and what stands in the column now. */
export interface BlindIndexRotationReport {
  readonly table: RelationName;
  /** The column that was written. */
  readonly column: string;
  /** Indexes made anew, or in a dry run those that would be. */
  readonly rotated: number;
  readonly kept: readonly KeptRows[];
  /** The proof: indexes under each key, counted on the server after the run. */
  readonly keys: readonly FieldKeyCount[];
  /** Whether no row was kept and no index is under another key than the current one. Then the old key can go. */
  readonly isComplete: boolean;
}

/**
 * Makes blind indexes anew with the current key of the ring, in place or in a second column. While it runs, rows stand under
 * either key: look up with {@link blindIndexCandidates} from before it starts until it is complete, in the second column's
 * case in the old one. Each old index is checked against its value first, so that a wrong option is found before it makes
 * every look-up fail. Can be stopped or killed anywhere and run again.
 *
 * An index that changes from fast to slow is rotated too; look for candidates of both kinds meanwhile. A UNIQUE on the column
 * does not see that the indexes of one value under two keys are equal: rows that turn out to be are kept and counted.
 *
 * @throws {TreatmentError} when the table, a column or the primary key is missing.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 * @throws {AbortedError} when the signal fires.
 * @throws {SessionRequiredError} when given a pool.
 *
 * @example
 * ```ts
 * const report = await rotateBlindIndex({
 *   db: client,
 *   keyRing: await readKeyFile('keys.json'), // its current blindIndex key is new
 *   table: { schema: 'public', name: 'credentials' },
 *   column: 'token_lookup',
 *   source: { ciphertext: 'token_ciphertext' },
 *   context: 'credentials.token',
 *   slow: true,
 * });
 * // SELECT t.id::text AS k0, t.token_lookup::text AS old, t.token_ciphertext::text AS t0, … WHERE (NOT starts_with(…)) ORDER BY t.id LIMIT 200
 * // UPDATE public.credentials AS t SET token_lookup = CAST(v.n0 AS text) FROM unnest($1::text[], …) AS v …
 * report.keys; // [{ keyId: 'new', rows: 812 }]
 * ```
 */
export async function rotateBlindIndex(
  options: RotateBlindIndexOptions,
): Promise<BlindIndexRotationReport> {
  const { db, table, column } = options;
  assertSession(db);
  try {
    return await withPinnedSession(db, () => rotate(options));
  } catch (error) {
    throw withoutValues(
      error,
      `The rotation of the blind index ${table.schema}.${table.name}.${column}`,
    );
  }
}

async function rotate(options: RotateBlindIndexOptions): Promise<BlindIndexRotationReport> {
  const { db, keyRing, column, next, source, slow, when } = options;
  const into = next ?? column;
  const { id } = keyRing.current('blindIndex');
  const read = sourceColumn(source);
  const table = await describeTable(db, options.table, {
    reads: [column, ...read, ...(when === undefined ? [] : [when.column])],
    writes: [into],
  });
  if ([column, ...read].includes(next ?? '')) {
    throw new TreatmentError(
      `The rotation of ${table.relation.schema}.${table.relation.name}.${column} writes into a column it reads. Name another as next.`,
    );
  }
  const prefix = quoteLiteral(`${slow === true ? 'bis1' : 'bi1'}:${id}:`);
  const written = `t.${quoteIdent(into)}::text COLLATE "C"`;
  const present = [column, ...read].map((name) => `t.${quoteIdent(name)} IS NOT NULL`);
  const selection: RowSelection = {
    column,
    targets: [...read, ...(next === undefined ? [] : [next])],
    when,
    condition: `(${present.join(' OR ')}) AND starts_with(${written}, ${prefix}) IS NOT TRUE`,
  };
  const tally = await rewriteRows(options, {
    phase: 'rotate',
    table,
    selection,
    decide: (row) => decide(options, row),
    apply: (writes, refuse) => writeApart(db, table, selection, into, writes, refuse),
  });
  const kept = keptRows(tally);
  const keys = await countFieldKeys(
    db,
    { table: table.relation, selection: { ...selection, column: into } },
    keyIdSql(into, 'bis?1'),
  );
  return {
    table: table.relation,
    column: into,
    rotated: tally.written,
    kept,
    keys,
    isComplete: kept.length === 0 && keys.every(({ keyId }) => keyId === id),
  };
}

function sourceColumn(source: BlindIndexSource): string[] {
  if (typeof source === 'function') return [];
  return ['ciphertext' in source ? source.ciphertext : source.plaintext];
}

async function decide(options: RotateBlindIndexOptions, row: ColumnRow): Promise<Decision> {
  const index = row.old;
  let value: IndexedValue | null;
  try {
    value = await readValue(options, row);
  } catch (error) {
    if (!(error instanceof CiphertextRejectedError)) throw error;
    return keep('the ciphertext of its value was altered or belongs elsewhere');
  }
  if (value === null || value.length === 0) {
    return index === null ? EMPTY : keep('there is no value to make it of');
  }
  if (index !== null) {
    const parts = /^(bis?1):([A-Za-z0-9_-]{1,32}):/.exec(index);
    if (parts === null) return keep('no blind index of this package');
    const [, form, keyId] = parts as unknown as [string, string, string];
    if (!options.keyRing.ids('blindIndex').includes(keyId)) {
      return keep('under a key that the ring does not hold');
    }
    const made = await blindIndex(value, { ...options, slow: form === 'bis1', keyId });
    if (made !== index) return keep('does not fit its value, or was made with other options');
  }
  try {
    return write(await blindIndex(value, { ...options, keyId: undefined }));
  } catch (error) {
    if (!(error instanceof SecretRefusedError)) throw error;
    return keep('its value cannot be indexed');
  }
}

async function readValue(
  { source, table, keyRing }: RotateBlindIndexOptions,
  { key, old, targets }: ColumnRow,
): Promise<IndexedValue | null> {
  if (typeof source === 'function') return source({ key, index: old });
  const text = targets[0] ?? null;
  if (text === null || 'plaintext' in source) return text;
  const name = source.logicalName ?? { table: table.name, column: source.ciphertext };
  return decryptField(text, { keyRing, context: { ...name, key } });
}

const UNIQUE_VIOLATION = '23505';

/** One transaction as a rule; where a unique index refuses one of the rows, one for each. */
async function writeApart(
  db: TransactionalClient,
  table: KeyedTable,
  selection: RowSelection,
  into: string,
  writes: readonly RowWrite[],
  refuse: (write: RowWrite, reason: string) => void,
): Promise<readonly RowWrite[]> {
  try {
    return await inTransaction(db, async () => {
      const free = await lockUnchanged(db, table, selection, writes, { skipLocked: true });
      return writeRows(db, table, [into], free);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    if (writes.length === 1) {
      refuse(writes[0] as RowWrite, 'another row has the same value, and the column is unique');
      return [];
    }
  }
  const written: RowWrite[] = [];
  for (const each of writes) {
    written.push(...(await writeApart(db, table, selection, into, [each], refuse)));
  }
  return written;
}
