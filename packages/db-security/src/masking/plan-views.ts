/** From what is asked to the views that it means, checked against the catalog before anything is changed. */
import { createHash } from 'node:crypto';
import {
  type Queryable,
  qualifiedName,
  quoteIdent,
  quoteLiteral,
  type RelationName,
} from '@tothub/db-catalog';
import { TreatmentError } from '../errors.ts';
import type { Mask, MaskedTable } from './mask.ts';
import { maskExpression } from './mask-expression.ts';
import {
  type ExistingView,
  type MaskableTable,
  type Reader,
  readRoles,
  readTables,
  readViews,
} from './read-maskable.ts';

/** Which views there are to be, and who reads them. */
export interface MaskingOptions {
  readonly db: Queryable;
  /** Schema of the views, made where it does not exist. Not one that others may create in. */
  readonly schema: string;
  readonly tables: readonly MaskedTable[];
  /** Roles that may read the views; nobody else but their owner may. */
  readonly grantTo: readonly string[];
}

/** One view as it is to be. */
export interface PlannedView {
  readonly name: string;
  readonly asked: MaskedTable;
  readonly table: MaskableTable;
  readonly usesSalt: boolean;
  /** `SELECT …`, without a semicolon. */
  readonly sql: string;
  /** The beginning of the SHA-256 of that. */
  readonly fingerprint: string;
  readonly existing: ExistingView | undefined;
}

/** All views, and who is to read them. */
export interface MaskingPlan {
  readonly views: readonly PlannedView[];
  readonly readers: readonly Reader[];
  /** Everything in the schema of the views. */
  readonly existing: readonly ExistingView[];
}

/** What the comment on a view keeps: what was asked, what was stored, and the number of the table's last column. */
export interface ViewMark {
  readonly fingerprint: string;
  readonly stored: string;
  readonly lastColumn: number;
}

const MARK = /\(db-security masking ([0-9a-f]{16}) ([0-9a-f]{16}) (\d+)\)$/;

/** The mark in a view's comment; undefined for a view that was not made here. */
export function markOf({ kind, comment }: ExistingView): ViewMark | undefined {
  const parts = kind === 'v' ? MARK.exec(comment ?? '') : null;
  if (parts === null) return undefined;
  const [, fingerprint, stored, last] = parts as unknown as [string, string, string, string];
  return { fingerprint, stored, lastColumn: Number(last) };
}

/**
 * Plans the views.
 *
 * @throws {TreatmentError} when a table, column or role does not exist, a mask does not fit, two views have one name.
 */
export async function planViews(options: MaskingOptions): Promise<MaskingPlan> {
  const { db, schema, tables: asked, grantTo } = options;
  const tables = await readTables(
    db,
    asked.map(({ table }) => table),
  );
  const existing = await readViews(db, schema);
  const views = asked.map((each) => planView(each, schema, tables, existing));
  const names = views.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new TreatmentError(
      `Two views are to be named ${qualifiedName(schema, twice)}. Give one of them a name of its own with view.`,
    );
  }
  const oids = views.map(({ table }) => table.oid);
  const readers = await readRoles(db, grantTo, oids, schema);
  const unknown = grantTo.find((role) => !readers.some(({ name }) => name === role));
  if (unknown !== undefined) {
    throw new TreatmentError(`There is no role ${quoteIdent(unknown)}. Create it, or correct it.`);
  }
  return { views, readers, existing };
}

function planView(
  asked: MaskedTable,
  schema: string,
  tables: readonly MaskableTable[],
  all: readonly ExistingView[],
): PlannedView {
  const label = qualifiedName(asked.table);
  const table = tables.find((each) => isSame(each, asked.table));
  if (table === undefined) {
    throw new TreatmentError(`There is no table ${label} to mask. Correct its name.`);
  }
  const masks = new Map<string, Mask>(Object.entries(asked.columns));
  const named = [...masks.keys(), ...(asked.when === undefined ? [] : [asked.when.column])];
  const missing = named.find((name) => !table.columns.some((column) => column.name === name));
  if (missing !== undefined) {
    throw new TreatmentError(
      `The table ${label} has no column ${quoteIdent(missing)} to mask. Correct the masks: it may have been renamed.`,
    );
  }
  const shown = table.columns.filter(({ name }) => masks.has(name) || asked.unnamed === 'pass');
  if (shown.length === 0) {
    throw new TreatmentError(`No column of ${label} is to be shown. Name one at least.`);
  }
  const name = asked.view ?? asked.table.name;
  const selected = shown.map((column) => {
    // A name without a mask is a mistake, and must not pass for an unnamed column.
    const mask = masks.has(column.name) ? (masks.get(column.name) as Mask) : 'pass';
    const expression = maskExpression(column, mask, schema);
    return `  ${expression} AS ${quoteIdent(column.name)}`;
  });
  const sql = `SELECT\n${selected.join(',\n')}\nFROM ${label} AS t${conditionOf(asked)}`;
  return {
    name,
    asked,
    table,
    usesSalt: [...masks.values()].includes('hash'),
    sql,
    fingerprint: createHash('sha256').update(sql).digest('hex').slice(0, 16),
    existing: all.find((view) => view.name === name),
  };
}

function conditionOf({ when }: MaskedTable): string {
  if (when === undefined) return '';
  const text = `(CAST(t.${quoteIdent(when.column)} AS pg_catalog.text) COLLATE pg_catalog."default")`;
  return `\nWHERE ${text} OPERATOR(pg_catalog.=) ${quoteLiteral(when.equals)}`;
}

/** Columns that the table has gained since the view was made, and that nobody has named. */
export function gainedColumns({ existing, table, asked }: PlannedView): string[] {
  const mark = existing === undefined ? undefined : markOf(existing);
  if (mark === undefined) return [];
  return table.columns
    .filter(({ name, number }) => number > mark.lastColumn && !Object.hasOwn(asked.columns, name))
    .map(({ name }) => name);
}

function isSame(a: RelationName, b: RelationName): boolean {
  return a.schema === b.schema && a.name === b.name;
}
