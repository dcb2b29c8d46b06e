/**
 * The quarantine: a table that keeps each value before it is taken away. Here every value goes in as a
 * ciphertext, bound to the row and column that it came from.
 */
import { createHmac } from 'node:crypto';
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { decryptField, encryptField } from '../fields/encrypt-field.ts';
import type { CiphertextColumn } from '../fields/field-column.ts';
import type { FieldContext } from '../fields/field-context.ts';
import { deriveKey, lengthPrefixed } from '../keys/derive-key.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { TransactionalClient } from '../session.ts';

/** Where a quarantined value came from. */
export interface QuarantineOrigin {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Primary key: column name to text value. */
  readonly key: Readonly<Record<string, string>>;
}

/** A value on its way into the quarantine. */
export interface QuarantineEntry {
  readonly origin: QuarantineOrigin;
  readonly value: string;
  readonly reason: string;
}

/** Encrypts a value as the quarantine holds it. */
function encryptQuarantined(value: string, origin: QuarantineOrigin, keyRing: KeyRing): string {
  return encryptField(value, { keyRing, context: contextOf(origin) });
}

/**
 * Decrypts the old value of a quarantine row whose `encrypted` is true.
 *
 * @throws {CiphertextRejectedError} when it was altered, or belongs to another row.
 */
export function decryptQuarantined(
  ciphertext: string,
  origin: QuarantineOrigin,
  keyRing: KeyRing,
): string {
  return decryptField(ciphertext, { keyRing, context: contextOf(origin) });
}

function contextOf({ schema, table, column, key }: QuarantineOrigin): FieldContext {
  return { table: `quarantine ${qualifiedName(schema, table)}`, column, key };
}

/** The quarantine as a column of ciphertexts: each row says itself what it is bound to. */
export function quarantineColumn(quarantine: RelationName): CiphertextColumn {
  return {
    table: quarantine,
    selection: {
      column: 'old_value',
      when: { column: 'encrypted', equals: 'true' },
      targets: ['schema_name', 'table_name', 'column_name', 'row_key'],
    },
    contextOf({ targets }) {
      const [schema, table, column, key] = targets as [string, string, string, string];
      return contextOf({ schema, table, column, key: JSON.parse(key) });
    },
  };
}

/**
 * Puts values into the quarantine. The source names a keyed digest of the value and its row, so that the same
 * value is kept once, and a later value of the same row is kept too.
 *
 * @example
 * ```sql
 * INSERT INTO public.data_quarantine (schema_name, table_name, row_key, column_name, old_value, encrypted, reason, source)
 * SELECT …, true, … FROM unnest($1::text[], …) ON CONFLICT DO NOTHING
 * ```
 */
export async function quarantineValues(
  client: TransactionalClient,
  quarantine: RelationName,
  entries: readonly QuarantineEntry[],
  keyRing: KeyRing,
): Promise<void> {
  if (entries.length === 0) return;
  const texts = entries.map(({ origin, value, reason }) => [
    origin.schema,
    origin.table,
    JSON.stringify(origin.key),
    origin.column,
    encryptQuarantined(value, origin, keyRing),
    reason,
    sourceOf(origin, value, keyRing),
  ]);
  const arrays = [0, 1, 2, 3, 4, 5, 6].map((i) => texts.map((row) => row[i] as string));
  await client.query(
    `INSERT INTO ${qualifiedName(quarantine)}
       (schema_name, table_name, row_key, column_name, old_value, encrypted, reason, source)
     SELECT v.schema_name, v.table_name, v.row_key::jsonb, v.column_name, v.old_value, true, v.reason, v.source
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
       AS v(schema_name, table_name, row_key, column_name, old_value, reason, source)
     ON CONFLICT DO NOTHING`,
    arrays,
  );
}

function sourceOf(origin: QuarantineOrigin, value: string, keyRing: KeyRing): string {
  const { schema, table, column, key } = origin;
  const derived = deriveKey(keyRing.current('blindIndex').key, 'db-security quarantine source v1');
  const digest = createHmac('sha256', derived)
    .update(lengthPrefixed([schema, table, column, JSON.stringify(key), value]))
    .digest('base64url');
  return `secrets:${digest.slice(0, 22)}`;
}

/**
 * Encrypts what others left in the quarantine in the clear from these columns, in place, a page at a time.
 * Gives how many values that were.
 */
export async function sealQuarantine(
  client: TransactionalClient,
  quarantine: RelationName,
  columns: readonly { readonly table: RelationName; readonly column: string }[],
  options: { readonly keyRing: KeyRing; readonly dryRun?: boolean | undefined },
): Promise<number> {
  const sql = qualifiedName(quarantine);
  const isClear = `q.encrypted IS NOT TRUE AND q.old_value IS NOT NULL
    AND (q.schema_name, q.table_name, q.column_name) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`;
  const names = [
    columns.map(({ table }) => table.schema),
    columns.map(({ table }) => table.name),
    columns.map(({ column }) => column),
  ];
  if (options.dryRun === true) {
    const { rows } = await client.query(
      `SELECT count(*)::int AS count FROM ${sql} AS q WHERE ${isClear}`,
      names,
    );
    return rows[0].count;
  }
  let sealed = 0;
  while (true) {
    const { rows } = await client.query(
      `SELECT q.id::text AS id, q.schema_name, q.table_name, q.column_name, q.row_key, q.old_value, q.xmin::text AS version
       FROM ${sql} AS q WHERE ${isClear} LIMIT 500`,
      names,
    );
    if (rows.length === 0) return sealed;
    const ciphertexts = rows.map((row) =>
      encryptQuarantined(
        row.old_value,
        {
          schema: row.schema_name,
          table: row.table_name,
          column: row.column_name,
          key: row.row_key,
        },
        options.keyRing,
      ),
    );
    const written = await client.query(
      `UPDATE ${sql} AS q SET old_value = v.ciphertext, encrypted = true
       FROM unnest($1::bigint[], $2::text[], $3::text[]) AS v(id, version, ciphertext)
       WHERE q.id = v.id AND q.xmin::text = v.version RETURNING q.id`,
      [rows.map((row) => row.id), rows.map((row) => row.version), ciphertexts],
    );
    if (written.rows.length === 0) return sealed; // Someone else is at work on all of them.
    sealed += written.rows.length;
  }
}
