/** What must be known of a table before its secrets can be touched: its key, and the columns' types. */
import { qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { TreatmentError } from '../errors.ts';
import type { TransactionalClient } from '../session.ts';
import { type SecretTreatment, targetsOf } from './treatment.ts';

/** A column that is read as text and written by assignment from text. */
interface SecretColumn {
  readonly name: string;
  /** The type without its length, so that a value that is too long fails instead of being cut off. */
  readonly type: string;
  readonly isNotNull: boolean;
  /** Character strings, whose NOT NULL columns can be emptied to ''. */
  readonly isString: boolean;
  readonly isGenerated: boolean;
}

/** A table whose rows can be addressed. */
export interface SecretTable {
  readonly relation: RelationName;
  /** Quoted and qualified. */
  readonly sql: string;
  readonly key: readonly SecretColumn[];
  column(name: string): SecretColumn;
}

const COLUMNS = `
SELECT a.attname AS name,
       pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), -1) AS type,
       a.attnotnull AS "isNotNull",
       t.typcategory = 'S' AS "isString",
       a.attgenerated <> '' AS "isGenerated",
       pg_catalog.array_position(i.indkey::int2[], a.attnum) AS "keyPosition"
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
ORDER BY "keyPosition", a.attnum`;

/**
 * Reads the table of a treatment and refuses what could not be carried out.
 *
 * @throws {TreatmentError} when the table, a column or the primary key is missing, or the column is part of the key.
 */
export async function describeSecretTable(
  client: TransactionalClient,
  treatment: SecretTreatment,
): Promise<SecretTable> {
  const { relation, columns, key } = await readColumns(client, treatment.table);
  const label = `${relation.schema}.${relation.name}`;
  if (key.length === 0) {
    throw new TreatmentError(
      `The table ${label} has no primary key, so its rows cannot be bound to their secrets. Give it one first.`,
    );
  }
  const table: SecretTable = {
    relation,
    sql: qualifiedName(relation),
    key,
    column(name) {
      const column = columns.get(name);
      if (column !== undefined) return column;
      throw new TreatmentError(
        `The table ${label} has no column ${quoteIdent(name)}. Add it, or correct the treatment.`,
      );
    },
  };
  const named = [treatment.column, ...targetsOf(treatment)];
  for (const name of named) {
    const column = table.column(name);
    if (key.includes(column) || column.isGenerated) {
      throw new TreatmentError(
        `The column ${quoteIdent(name)} of ${label} is generated or part of the primary key. Treat another column.`,
      );
    }
  }
  if (new Set(named).size !== named.length) {
    throw new TreatmentError(
      `A treatment of ${label}.${treatment.column} writes into the column it reads. Name another target.`,
    );
  }
  if (treatment.when !== undefined) table.column(treatment.when.column);
  return table;
}

async function readColumns(
  client: TransactionalClient,
  relation: RelationName,
): Promise<{
  relation: RelationName;
  columns: ReadonlyMap<string, SecretColumn>;
  key: SecretColumn[];
}> {
  const { rows } = await client.query(COLUMNS, [relation.schema, relation.name]);
  if (rows.length === 0) {
    throw new TreatmentError(
      `There is no table ${relation.schema}.${relation.name}. Correct the treatment, or run the migrations first.`,
    );
  }
  const described = rows as (SecretColumn & { keyPosition: number | null })[];
  return {
    relation,
    columns: new Map(described.map((column) => [column.name, column])),
    key: described.filter((column) => column.keyPosition !== null),
  };
}

/** `AND`-joined comparison of a table's key with the columns k0, k1, … of a row of texts. */
export function keyEquals(table: SecretTable, row: string, texts: string): string {
  return table.key
    .map(
      (column, i) => `${row}.${quoteIdent(column.name)} = CAST(${texts}.k${i} AS ${column.type})`,
    )
    .join(' AND ');
}

/** The names k0, k1, … under which a table's key travels as texts. */
export function keyAliases(table: SecretTable): readonly string[] {
  return table.key.map((_, i) => `k${i}`);
}
