import {
  type Catalog,
  findRelation,
  type Relation,
  type RelationName,
  readCatalog,
} from '@tothub/db-catalog';
import type pg from 'pg';
import { compareKeys } from './compare/compare-keys.ts';
import { openRowReader, type RowReader, type TextRow } from './compare/row-reader.ts';
import { planComparison } from './compare/table-comparison.ts';
import { connect } from './connection/connect.ts';
import { hangUp } from './connection/silence.ts';

/** One place in which a database lost a value it had. */
export interface ContentDifference {
  readonly schema: string;
  readonly table: string;
  /** Primary key of the row as text; the whole row where the table has none (nulls left out). */
  readonly key: Readonly<Record<string, string>>;
  readonly kind: 'missing row' | 'changed value';
  readonly column?: string;
  readonly before?: string | null;
  readonly after?: string | null;
}

export interface CompareContentsOptions {
  /** Direct address of the database as it was. */
  readonly before: string;
  /** Direct address of the database as it is. */
  readonly after: string;
  /** Where a table of `before` stands now; null when it is gone. @default the same schema and name */
  readonly locate?: (table: RelationName) => RelationName | null;
  readonly signal?: AbortSignal;
}

/**
 * Yields every row and value that `before` has and `after` has not. Rows and columns that only `after` has
 * do not count; a column that is gone counts as changed to null. Values are compared as text under pinned
 * settings. Both sides are read once, sorted by key, through cursors: memory does not grow with the tables.
 *
 * @throws ConnectionFailedError, PoolerConnectionError
 * @example
 * ```ts
 * for await (const difference of compareContents({ before: scratchUrl, after: url })) report(difference);
 * // DECLARE … CURSOR FOR SELECT "id"::text, … FROM ONLY "t" ORDER BY "id"::text COLLATE "C"
 * ```
 */
export async function* compareContents(
  options: CompareContentsOptions,
): AsyncGenerator<ContentDifference> {
  const before = await connect(options.before, options);
  try {
    const after = await connect(options.after, options);
    try {
      const [oldCatalog, newCatalog] = await Promise.all([
        catalogOfSnapshot(before),
        catalogOfSnapshot(after),
      ]);
      for (const table of oldCatalog.relations) {
        if (!isRootTable(table)) continue;
        const place = options.locate ? options.locate(table) : table;
        const found = place ? findRelation(newCatalog, place.schema, place.name) : undefined;
        yield* compareTable(before, after, table, found, options.signal);
      }
    } finally {
      await hangUp(after);
    }
  } finally {
    await hangUp(before);
  }
}

async function catalogOfSnapshot(client: pg.Client): Promise<Catalog> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  return readCatalog(client, { transaction: 'caller' });
}

/** Partitions are read through their root, since their cut may change without any loss. */
function isRootTable(relation: Relation): boolean {
  const holdsRows = relation.kind === 'table' || relation.kind === 'partitioned table';
  return holdsRows && relation.partitionOf === null && relation.persistence !== 'temporary';
}

async function* compareTable(
  before: pg.Client,
  after: pg.Client,
  table: Relation,
  found: Relation | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<ContentDifference> {
  const plan = planComparison(table, found);
  const [old, kept] = await Promise.all([
    openRowReader(before, plan.beforeQuery),
    plan.afterQuery === null ? null : openRowReader(after, plan.afterQuery),
  ]);
  const names = { schema: table.schema, table: table.name };
  const keyLength = plan.keyColumns.length;
  for (let row = old.current; row; row = old.current) {
    signal?.throwIfAborted();
    const order = kept ? await advanceTo(kept, row, keyLength) : 1;
    const key = keyOf(plan.keyColumns, row);
    if (!kept?.current || order > 0) {
      yield { ...names, key, kind: 'missing row' };
    } else {
      for (const [index, column] of plan.valueColumns.entries()) {
        const was = row[keyLength + index] ?? null;
        const is = kept.current[keyLength + index] ?? null;
        if (was !== is) {
          yield { ...names, key, kind: 'changed value', column, before: was, after: is };
        }
      }
      await kept.advance();
    }
    const more = old.advance();
    if (more) await more;
  }
  await Promise.all([old.close(), kept?.close()]);
}

/** Skips rows before `row`; 0 when the reader then stands on its equal. */
async function advanceTo(reader: RowReader, row: TextRow, keyLength: number): Promise<number> {
  for (;;) {
    const order = reader.current ? compareKeys(reader.current, row, keyLength) : 1;
    if (order >= 0) return order;
    const more = reader.advance();
    if (more) await more;
  }
}

function keyOf(columns: readonly string[], row: TextRow): Record<string, string> {
  const entries = columns.flatMap((column, index) => {
    const value = row[index] ?? null;
    return value === null ? [] : [[column, value] as const];
  });
  return Object.fromEntries(entries);
}
