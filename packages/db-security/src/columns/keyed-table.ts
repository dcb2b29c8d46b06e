/** What must be known of a table before its rows can be rewritten one by one: its key, and the columns' types. */
import { qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { TreatmentError } from '../errors.ts';
import type { TransactionalClient } from '../session.ts';

/** A column that is read as text and written by assignment from text. */
export interface TableColumn {
  readonly name: string;
  /** The type without its length, so that a value that is too long fails instead of being cut off. */
  readonly type: string;
  /** What `varchar(n)` takes, in characters; null without a limit. */
  readonly maxLength: number | null;
  readonly isNotNull: boolean;
  /** Character strings, whose NOT NULL columns can be emptied to ''. */
  readonly isString: boolean;
  readonly isGenerated: boolean;
}

/** Part of a table's key. */
export interface KeyColumn extends TableColumn {
  /**
   * How the key's index tells equal and greater, each as `OPERATOR(schema.name)`. By its bare name, an operator may be
   * another one: for varchar, one that anybody made in a schema of the search path.
   */
  readonly equal: string;
  readonly greater: string;
}

/** A table whose rows can be addressed. */
export interface KeyedTable {
  readonly relation: RelationName;
  /** Quoted and qualified. */
  readonly sql: string;
  readonly key: readonly KeyColumn[];
  /** @throws {TreatmentError} when there is none. */
  column(name: string): TableColumn;
}

/** The row's place, for tables without a key. It changes with every update, so it only serves to find what was just read. */
const CTID: KeyColumn = {
  name: 'ctid',
  type: 'tid',
  maxLength: null,
  isNotNull: true,
  isString: false,
  isGenerated: true,
  equal: 'OPERATOR(pg_catalog.=)',
  greater: 'OPERATOR(pg_catalog.>)',
};

/** The operator of a key column's index for one strategy number of B-trees. Manual: "Interfacing Extensions to Indexes". */
const indexOperator = (strategy: number) => `(
         SELECT pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname)
         FROM pg_catalog.pg_opclass AS k
         JOIN pg_catalog.pg_amop AS m ON m.amopfamily = k.opcfamily AND m.amopstrategy = ${strategy}
           AND m.amoplefttype = k.opcintype AND m.amoprighttype = k.opcintype
         JOIN pg_catalog.pg_operator AS o ON o.oid = m.amopopr
         JOIN pg_catalog.pg_namespace AS s ON s.oid = o.oprnamespace
         WHERE k.oid = i.indclass[pg_catalog.array_position(i.indkey::int2[], a.attnum)])`;

const COLUMNS = `
SELECT a.attname AS name,
       pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), -1) AS type,
       CASE WHEN coalesce(nullif(t.typbasetype, 0), t.oid) IN ('varchar'::pg_catalog.regtype, 'bpchar'::pg_catalog.regtype)
            THEN nullif(greatest(a.atttypmod, t.typtypmod), -1) - 4 END AS "maxLength",
       a.attnotnull AS "isNotNull",
       t.typcategory = 'S' AS "isString",
       a.attgenerated <> '' AS "isGenerated",
       pg_catalog.array_position(i.indkey::int2[], a.attnum) AS "keyPosition",
       ${indexOperator(3)} AS equal,
       ${indexOperator(5)} AS greater,
       c.relkind = 'p' AS "isPartitioned",
       c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = c.oid) AS "isInherited"
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
ORDER BY "keyPosition", a.attnum`;

/** What is to be read and written of a table. */
export interface ColumnNames {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/**
 * Describes a table and refuses what could not be carried out. Without a primary key, rows are addressed by their
 * place if `orPlace` is set and the table is not partitioned.
 *
 * @throws {TreatmentError} when the table, a column or the key is missing, a column to write is generated or part of
 * the key, or other tables inherit from the table.
 */
export async function describeTable(
  client: TransactionalClient,
  relation: RelationName,
  { reads, writes }: ColumnNames,
  { orPlace = false }: { readonly orPlace?: boolean } = {},
): Promise<KeyedTable> {
  const { rows } = await client.query(COLUMNS, [relation.schema, relation.name]);
  const described = rows as (KeyColumn & {
    keyPosition: number | null;
    isPartitioned: boolean;
    isInherited: boolean;
  })[];
  const label = `${relation.schema}.${relation.name}`;
  if (described.length === 0) {
    throw new TreatmentError(
      `There is no table ${label}. Correct its name, or run the migrations first.`,
    );
  }
  const columns = new Map(described.map((column) => [column.name, column]));
  let key: readonly KeyColumn[] = described.filter(({ keyPosition }) => keyPosition !== null);
  if (key.length === 0 && orPlace && described[0]?.isPartitioned === false) key = [CTID];
  if (described[0]?.isInherited === true) {
    throw new TreatmentError(
      `Tables inherit from ${label}, and its key does not hold for their rows. Take each out with ALTER TABLE … NO INHERIT first.`,
    );
  }
  if (key.length === 0) {
    throw new TreatmentError(
      `The table ${label} has no primary key, so its rows cannot be bound to their secrets. Give it one first.`,
    );
  }
  const table: KeyedTable = {
    relation,
    sql: qualifiedName(relation),
    key,
    column(name) {
      const column = columns.get(name);
      if (column !== undefined) return column;
      throw new TreatmentError(
        `The table ${label} has no column ${quoteIdent(name)}. Add it, or correct its name.`,
      );
    },
  };
  for (const name of reads) table.column(name);
  for (const name of writes) {
    const column = table.column(name);
    if (key.some((part) => part.name === name) || column.isGenerated) {
      throw new TreatmentError(
        `The column ${quoteIdent(name)} of ${label} is generated or part of the primary key. Treat another column.`,
      );
    }
  }
  return table;
}

/** `AND`-joined comparison of a table's key with the columns k0, k1, … of a row of texts. */
export function keyEquals(table: KeyedTable, row: string, texts: string): string {
  return table.key
    .map(
      ({ name, type, equal }, i) =>
        `${row}.${quoteIdent(name)} ${equal} CAST(${texts}.k${i} AS ${type})`,
    )
    .join(' AND ');
}

/** That a row's key comes after the one whose texts these expressions give, in the order of its index. */
export function keyAfter(table: KeyedTable, row: string, texts: readonly string[]): string {
  const columns = table.key.map(({ name }) => `${row}.${quoteIdent(name)}`);
  const bounds = table.key.map(({ type }, i) => `CAST(${texts[i]} AS ${type})`);
  const operators = new Set(table.key.map(({ greater }) => greater));
  const [greater] = operators;
  if (operators.size === 1)
    return `ROW(${columns.join(', ')}) ${greater} ROW(${bounds.join(', ')})`;
  return `(${table.key
    .map((column, last) =>
      [
        ...table.key.slice(0, last).map(({ equal }, i) => `${columns[i]} ${equal} ${bounds[i]}`),
        `${columns[last]} ${column.greater} ${bounds[last]}`,
      ].join(' AND '),
    )
    .join(' OR ')})`;
}

/** The names k0, k1, … under which a table's key travels as texts. */
export function keyAliases(table: KeyedTable): readonly string[] {
  return table.key.map((_, i) => `k${i}`);
}

/**
 * What an emptied column holds: NULL, or '' where it must not be null.
 *
 * @throws {TreatmentError} when it is NOT NULL and no text.
 */
export function emptyText({ relation, column }: KeyedTable, name: string): '' | null {
  const { isNotNull, isString } = column(name);
  if (!isNotNull) return null;
  if (isString) return '';
  throw new TreatmentError(
    `The column ${name} of ${relation.schema}.${relation.name} is NOT NULL and no text, so it cannot be emptied. Drop NOT NULL first.`,
  );
}
