/**
 * Rotation: brings what stands in columns of ciphertexts under the current key. Which rows are left is told by the key
 * id in each ciphertext, so a run can be stopped or killed anywhere, and the next one does the rest.
 */
import { quoteIdent, type RelationName } from '@tothub/db-catalog';
import { type Decision, EMPTY, keep, write } from '../columns/decision.ts';
import { describeTable, type KeyedTable } from '../columns/keyed-table.ts';
import type { ColumnRow } from '../columns/read-rows.ts';
import { type RewriteOptions, rewriteRows } from '../columns/rewrite-rows.ts';
import { type KeptRows, keptRows } from '../columns/tally.ts';
import { lockUnchanged, type RowWrite, writeRows } from '../columns/write-rows.ts';
import {
  CiphertextRejectedError,
  TreatmentError,
  UnknownKeyError,
  withoutValues,
} from '../errors.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { quarantineColumn } from '../secrets/quarantine.ts';
import {
  assertSession,
  inTransaction,
  type TransactionalClient,
  withPinnedSession,
} from '../session.ts';
import { isCiphertext } from './ciphertext.ts';
import { countFieldKeys, type FieldKeyCount } from './count-field-keys.ts';
import { reseal } from './encrypt-field.ts';
import {
  type CiphertextColumn,
  ciphertextColumn,
  type FieldColumn,
  isUnderOtherKeySql,
} from './field-column.ts';

/** What {@link rotateFields} is told. */
export interface RotateFieldsOptions extends RewriteOptions {
  /** Holds the current key and all that values are still under. */
  readonly keyRing: KeyRing;
  readonly columns: readonly FieldColumn[];
  /** The table of `contractSecrets`, whose values are ciphertexts too. */
  readonly quarantine?: RelationName | undefined;
  /** Told of each value that stays under its old key, by its row's primary key; what it throws ends the run. */
  readonly onRejected?: ((rejected: RejectedField) => void) | undefined;
}

/** A value that could not be rotated. */
export interface RejectedField {
  readonly table: RelationName;
  readonly column: string;
  readonly key: Readonly<Record<string, string>>;
  readonly reason: string;
}

/** What a rotation did with one column, and what stands in it now. */
export interface FieldRotationReport {
  readonly table: RelationName;
  readonly column: string;
  readonly when?: FieldColumn['when'];
  /** Values brought under the current key, or in a dry run those that would be. */
  readonly rotated: number;
  readonly kept: readonly KeptRows[];
  /** The proof: values under each key, counted on the server after the run. */
  readonly keys: readonly FieldKeyCount[];
  /** Whether no ciphertext is under another key than the current one. */
  readonly isComplete: boolean;
}

/**
 * Brings ciphertexts under the current key of the ring, in batches of one reading and one writing statement. Rows that
 * others change meanwhile are read again; rows that cannot be opened stay and are counted. Every process that reads
 * the columns needs a ring with the new key before this starts.
 *
 * @throws {TreatmentError} when a table, column or primary key is missing, or a `varchar(n)` is too short for the new key's id.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 * @throws {AbortedError} when the signal fires.
 * @throws {SessionRequiredError} when given a pool.
 *
 * @example
 * ```ts
 * await addKey('keys.json');
 * const columns = [{ table: { schema: 'public', name: 'staff' }, column: 'account_ciphertext' }];
 * const [report] = await rotateFields({ db: client, columns, keyRing: await readKeyFile('keys.json') });
 * // SELECT t.id::text AS k0, t.account_ciphertext::text AS old, … WHERE (substring(left(…, 39) FROM '^enc1b?:…') <> 'new') ORDER BY t.id LIMIT 200
 * // UPDATE public.staff AS t SET account_ciphertext = CAST(v.n0 AS text) FROM unnest($1::text[], …) AS v … AND t.xmin::text = v.version
 * report.keys; // [{ keyId: 'new', rows: 1204 }]
 * ```
 */
export async function rotateFields(options: RotateFieldsOptions): Promise<FieldRotationReport[]> {
  const { db, columns, quarantine } = options;
  assertSession(db);
  const all = columns.map(ciphertextColumn);
  if (quarantine !== undefined) all.push(quarantineColumn(quarantine));
  return withPinnedSession(db, async () => {
    const tables = [];
    // All are described before the first is written, so that a wrong name changes nothing.
    for (const column of all) tables.push(await described(options, column));
    const reports: FieldRotationReport[] = [];
    for (const [i, column] of all.entries()) {
      reports.push(await rotateColumn(options, column, tables[i] as KeyedTable));
    }
    return reports;
  });
}

async function described(
  { db, keyRing }: RotateFieldsOptions,
  { table: relation, selection: { column, targets, when } }: CiphertextColumn,
): Promise<KeyedTable> {
  const reads = [...targets, ...(when === undefined ? [] : [when.column])];
  try {
    const table = await describeTable(db, relation, { reads, writes: [column] });
    await assertFits(db, table, column, keyRing.current('encryption').id);
    return table;
  } catch (error) {
    throw withoutValues(error, `The rotation of ${relation.schema}.${relation.name}.${column}`);
  }
}

/** @throws {TreatmentError} when the column is no text, or too short for values with the id of the new key. */
async function assertFits(
  db: TransactionalClient,
  table: KeyedTable,
  name: string,
  keyId: string,
): Promise<void> {
  const label = `${table.relation.schema}.${table.relation.name}.${name}`;
  const { isString, maxLength } = table.column(name);
  if (!isString) {
    throw new TreatmentError(
      `The column ${label} is no text, so it holds no ciphertext. Name the column with the ciphertexts.`,
    );
  }
  if (maxLength === null) return;
  const { rows } = await db.query(
    `SELECT max(char_length(v.text) - char_length(split_part(v.text, ':', 2)))::int AS length
     FROM (SELECT t.${quoteIdent(name)}::text COLLATE "C" AS text FROM ${table.sql} AS t WHERE ${isUnderOtherKeySql(name, keyId)}) AS v`,
  );
  const needed = Number(rows[0]?.length ?? 0) + keyId.length;
  if (needed <= maxLength) return;
  throw new TreatmentError(
    `The column ${label} takes ${maxLength} characters, and its ciphertexts need ${needed} with the key id "${keyId}". Give it the type text.`,
  );
}

async function rotateColumn(
  options: RotateFieldsOptions,
  column: CiphertextColumn,
  table: KeyedTable,
): Promise<FieldRotationReport> {
  const { db, keyRing } = options;
  const { id } = keyRing.current('encryption');
  const { column: name, when } = column.selection;
  const selection = { ...column.selection, condition: isUnderOtherKeySql(name, id) };
  try {
    const tally = await rewriteRows(options, {
      phase: 'rotate',
      table,
      selection,
      decide: (row) => decide(options, column, row),
      apply: (writes) => writeUnlessHeld(db, table, selection, writes),
    });
    const keys = await countFieldKeys(db, column);
    return {
      table: column.table,
      column: name,
      ...(when === undefined ? {} : { when }),
      rotated: tally.written,
      kept: keptRows(tally),
      keys,
      isComplete: keys.every(({ keyId }) => keyId === null || keyId === id),
    };
  } catch (error) {
    const { schema, name: relation } = column.table;
    throw withoutValues(error, `The rotation of ${schema}.${relation}.${name}`);
  }
}

function decide(
  { keyRing, onRejected }: RotateFieldsOptions,
  { table, selection: { column }, contextOf }: CiphertextColumn,
  row: ColumnRow,
): Decision {
  if (row.old === null) return EMPTY;
  try {
    const field = { keyRing, context: contextOf(row) };
    return write(reseal(row.old, field, field));
  } catch (error) {
    const reason = whyRejected(error, row.old);
    if (reason === undefined) throw error;
    onRejected?.({ table, column, key: row.key, reason });
    return keep(reason);
  }
}

function whyRejected(error: unknown, ciphertext: string): string | undefined {
  if (error instanceof UnknownKeyError) return 'under a key that the ring does not hold';
  if (!(error instanceof CiphertextRejectedError)) return undefined;
  return isCiphertext(ciphertext)
    ? 'altered, or bound to another row or column; see rebindField'
    : 'begins like a ciphertext and is none';
}

const LOCK_NOT_AVAILABLE = '55P03';

/** One statement as a rule; where somebody holds a row of the page, the others are written without it. */
async function writeUnlessHeld(
  db: TransactionalClient,
  table: KeyedTable,
  selection: CiphertextColumn['selection'],
  writes: readonly RowWrite[],
): Promise<readonly RowWrite[]> {
  try {
    return await writeRows(db, table, [selection.column], writes);
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    return inTransaction(db, async () => {
      const free = await lockUnchanged(db, table, selection, writes, { skipLocked: true });
      return writeRows(db, table, [selection.column], free);
    });
  }
}
