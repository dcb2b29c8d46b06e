import type { z } from 'zod';
import { executor, type WriteDatabase } from '../database/database.ts';
import { type RowShape, rowShape } from '../query/row-shape.ts';
import { type SqlFragment, sql } from '../query/sql.ts';
import type { Statement, StatementResult } from '../query/statement.ts';
import { withTransaction } from '../transaction/with-transaction.ts';
import type { BulkColumns, BulkRow, BulkTable, BulkType } from './columns.ts';
import { unnestBatches } from './unnest-batches.ts';
import { valueWriter } from './value-text.ts';

export interface InsertMany<C extends BulkColumns> {
  /** The table: schema and name. */
  readonly into: BulkTable;
  /** The columns that are written, by the keys of the rows; the others get their defaults. */
  readonly columns: C;
  readonly rows: readonly BulkRow<C>[];
  /** What stands behind ON CONFLICT: `` sql`(id) DO NOTHING` ``. */
  readonly onConflict?: SqlFragment | undefined;
}

/** What stands behind RETURNING, and the rows that it gives. */
export interface Returning<R extends z.ZodObject> {
  readonly sql: SqlFragment;
  readonly row: R;
}

/**
 * Inserts rows that are at hand: 10,000 in a round trip, each column one array, all of them or none. For more rows than
 * fit into memory, or for twice the speed, see `copyRows`.
 *
 * PostgreSQL manual: 7.2.1.4, Table Functions (unnest).
 *
 * @returns how many rows were inserted or updated; with `returning` what it gives for these
 * @throws InvalidInputError for a value that cannot be stored as it is: a NUL in a text, a number out of range
 * @throws UnexpectedResultError where `returning` gives other columns or values than its row declares
 *
 * @example
 * const ids = await insertMany(db, {
 *   into: ['public', 'children'],
 *   columns: { firstName: ['first_name', 'text'], tuitionRate: ['tuition_rate', 'int4'] },
 *   rows: [{ firstName: 'Mia', tuitionRate: null }],
 *   onConflict: sql`DO NOTHING`,
 *   returning: { sql: sql`id`, row: z.object({ id: pgType.text }) },
 * });
 * // INSERT INTO "public"."children" ("first_name", "tuition_rate")
 * // SELECT c0, c1 FROM unnest($1::"text"[], $2::"int4"[]) AS batch (c0, c1)
 * // ON CONFLICT DO NOTHING RETURNING id
 */
export function insertMany<const C extends BulkColumns, const R extends z.ZodObject>(
  db: WriteDatabase,
  options: InsertMany<C> & { readonly returning: Returning<R> },
): Promise<readonly z.output<R>[]>;
export function insertMany<const C extends BulkColumns>(
  db: WriteDatabase,
  options: InsertMany<C>,
): Promise<number>;
export async function insertMany(
  db: WriteDatabase,
  options: InsertMany<BulkColumns> & { readonly returning?: Returning<z.ZodObject> },
): Promise<readonly unknown[] | number> {
  const { into, columns, rows, returning } = options;
  const where = `insertMany into ${into.join('.')}`;
  const writers = Object.entries(columns).map(([key, [, type]]) => ({
    key,
    type,
    write: valueWriter(where, key, type),
  }));
  const shape = returning === undefined ? null : rowShape(returning.row);
  // All of them before the first is sent, so that a row that is refused costs nothing.
  const statements = Array.from(unnestBatches(rows, writers), (literals) =>
    statement(options, literals, shape),
  );
  const results =
    statements.length <= 1
      ? await executeAll(db, statements)
      : await withTransaction(db, {}, (tx) => executeAll(tx, statements));
  return returning === undefined
    ? results.reduce((count, result) => count + result.rowCount, 0)
    : results.flatMap((result) => result.rows);
}

async function executeAll(
  db: WriteDatabase,
  statements: readonly Statement[],
): Promise<readonly StatementResult[]> {
  const results: StatementResult[] = [];
  for (const each of statements) results.push(await db[executor].execute(each));
  return results;
}

function statement(
  {
    into,
    columns,
    onConflict,
    returning,
  }: InsertMany<BulkColumns> & { returning?: Returning<z.ZodObject> },
  literals: readonly string[],
  shape: RowShape | null,
): Statement {
  const described = Object.values(columns);
  const names = described.map(([name]) => sql.identifier([name]));
  const elements = described.map((_, at) => sql.identifier([`c${at}`]));
  const arrays = described.map(
    ([, type], at) => sql`${literals[at] ?? ''}::${sql.identifier([elementType(type)])}[]`,
  );
  const values = described.map(([, type], at) => {
    const element = sql.identifier([`c${at}`]);
    return isArray(type) ? sql`${element}::${sql.identifier([type])}` : sql`${element}`;
  });
  const comma = sql`, `;
  const { sql: text, values: parameters } = sql`
    INSERT INTO ${sql.identifier(into)} (${sql.join(names, comma)})
    SELECT ${sql.join(values, comma)}
    FROM unnest(${sql.join(arrays, comma)}) AS batch (${sql.join(elements, comma)})
    ${onConflict === undefined ? sql`` : sql`ON CONFLICT ${onConflict}`}
    ${returning === undefined ? sql`` : sql`RETURNING ${returning.sql}`}`;
  return { name: 'insertMany', text: text.replaceAll('$slonik_', '$'), values: parameters, shape };
}

const isArray = (type: BulkType): boolean => type.startsWith('_');

/** unnest() takes an array of arrays apart to its last element, so these travel as text. */
const elementType = (type: BulkType): string => (isArray(type) ? 'text' : type);
