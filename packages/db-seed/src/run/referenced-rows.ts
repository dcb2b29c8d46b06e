import {
  type Catalog,
  findRelation,
  primaryKeyOf,
  quoteIdent,
  type Relation,
  type RelationName,
} from '@tothub/db-catalog';
import type { ClientBase, QueryArrayResult } from 'pg';
import { ownRows } from '../plan/select-tables.ts';
import { nameOf } from '../plan/table-order.ts';
import type { ReferencedRow } from '../profile.ts';
import { isRefusal } from './refusal.ts';

/** Columns of another table whose rows new ones point at. */
type Reference = RelationName & { readonly columns: readonly string[] };

/** Reads rows to point at, each set once until its table changes. */
export interface RowReader {
  /** Up to 1,000 rows by primary key; none where the table or a column is missing or may not be read. */
  read(reference: Reference): Promise<readonly ReferencedRow[]>;
  /** Forgets what was read of a table that has new rows since; of every table, should triggers have written more. */
  forget(relation: Relation): void;
}

const mostRows = 1000;

/** Makes the reader of a run. */
export function createRowReader(session: ClientBase, catalog: Catalog): RowReader {
  const known = new Map<string, Map<string, readonly ReferencedRow[]>>();
  return {
    async read(reference) {
      const table = nameOf(reference);
      const sets = known.get(table) ?? new Map<string, readonly ReferencedRow[]>();
      known.set(table, sets);
      const key = reference.columns.join('\0');
      const rows = sets.get(key) ?? (await readRows(session, catalog, reference));
      sets.set(key, rows);
      return rows;
    },
    forget(relation) {
      if (relation.triggers.length > 0) known.clear();
      else known.delete(nameOf(relation));
    },
  };
}

async function readRows(
  session: ClientBase,
  catalog: Catalog,
  reference: Reference,
): Promise<readonly ReferencedRow[]> {
  const { columns } = reference;
  const relation = findRelation(catalog, reference.schema, reference.name);
  const has = (name: string): boolean =>
    relation?.columns.some((one) => one.name === name) ?? false;
  if (!relation || !columns.every(has)) return [];
  const texts = columns.map((name) => `${quoteIdent(name)}::text`);
  const order = (primaryKeyOf(relation) ?? columns).map(quoteIdent);
  try {
    // One round trip. Several statements in one text give several results.
    const results: unknown = await session.query({
      text: `SAVEPOINT tothub_read;
        SELECT ${texts.join(', ')} FROM ${ownRows(relation)} ORDER BY ${order.join(', ')} LIMIT ${mostRows};
        RELEASE SAVEPOINT tothub_read`,
      rowMode: 'array',
    });
    const [, answer] = results as readonly QueryArrayResult<(string | null)[]>[];
    return (answer?.rows ?? []).map((row) =>
      Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])),
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT tothub_read');
    return [];
  }
}
