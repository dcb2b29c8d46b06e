/**
 * What a backup holds where it does not hold everything. Leaving out rows never touches definitions, since a
 * table without its types, parents and functions cannot be restored; leaving out a table takes what depends on it along.
 */
import type { Catalog, RelationName } from '@tothub/db-catalog';
import { SelectionError } from '../errors.ts';
import { relationKey } from '../relation-key.ts';
import { type DataTable, dataTables } from '../snapshot/data-table.ts';
import { ancestry } from './ancestry.ts';
import { danglingForeignKeys, withoutForeignKeys } from './dangling-foreign-keys.ts';
import { type NamePattern, schemaPattern, tablePattern } from './name-pattern.ts';

/** What to back up, and what not. Names are those of `tablePattern`; one that means nothing is an error. */
export interface SelectionOptions {
  /** Only definitions: no rows, no values of sequences, no large objects. @default false */
  readonly schemaOnly?: boolean;
  /** No definitions: rows, values of sequences and large objects, for a database that has the tables. @default false */
  readonly dataOnly?: boolean;
  /** Only the rows of these tables, and of those in `schemas`. @default all */
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
  /** Tables without which the backup is taken, definitions too, and views that depend on them. */
  readonly excludeTables?: readonly string[];
  /** The same for all tables, views and sequences of these schemas. */
  readonly excludeSchemas?: readonly string[];
  /** Tables of which only the definitions are wanted. */
  readonly excludeRows?: readonly string[];
  /** @default true, but false where `tables` or `schemas` are named */
  readonly largeObjects?: boolean;
  /** Leaves out, and names in the manifest, what the role cannot read, instead of failing. @default false */
  readonly skipUnreadable?: boolean;
}

/** A relation that is not in the backup, or only its definition, and why. */
export interface LeftOut extends RelationName {
  readonly reason: string;
  /** Set for a partition: its parent. */
  readonly partitionOf?: RelationName;
}

/** What a selective backup holds, as its manifest says it. */
export interface Selection {
  readonly definitions: boolean;
  readonly rows: boolean;
  readonly largeObjects: boolean;
  /** Relations that are not there at all. */
  readonly leftOut: readonly LeftOut[];
  /** Tables that are there without their rows. */
  readonly rowsLeftOut: readonly LeftOut[];
  /** Foreign keys that a restore does not make, because the rows that they refer to are not there. */
  readonly foreignKeysLeftOut: readonly (RelationName & { readonly table: string })[];
}

/** @throws SelectionError where options contradict each other or are no names, before anything is connected */
export function assertSelection(options: SelectionOptions): void {
  const { schemaOnly, dataOnly } = options;
  const namesRows = [options.tables, options.schemas, options.excludeRows].some(Boolean);
  if (schemaOnly && (dataOnly || namesRows || options.largeObjects)) {
    throw new SelectionError(
      `A backup with definitions only (schemaOnly) has no rows to choose from. Leave out either.`,
    );
  }
  patternsOf(options);
}

/** Relations that the options exclude, or that cannot be read, with the reason; dependants are not among them yet. */
export function excludedRelations<R extends RelationName>(
  relations: readonly R[],
  options: SelectionOptions,
): (R & LeftOut)[] {
  const found = new Map<string, R & LeftOut>();
  for (const { text, pattern } of patternsOf(options).excluded) {
    const meant = relations.filter(pattern);
    if (meant.length === 0) throw meansNothing(text);
    for (const one of meant) found.set(relationKey(one), { ...one, reason: `excluded by ${text}` });
  }
  return [...found.values()];
}

/** Everything about a selection that the catalog of the snapshot decides. */
export function selectFrom(
  catalog: Catalog,
  options: SelectionOptions,
  left: {
    readonly relations: readonly LeftOut[];
    readonly rows: readonly LeftOut[];
    readonly largeObjects: boolean;
  },
): { readonly selection: Selection; readonly catalog: Catalog } {
  const gone = new Set(left.relations.map(relationKey));
  const ancestorsOf = ancestry(catalog);
  const remaining = withoutRelations(catalog, gone);
  const rowsLeftOut = options.schemaOnly ? [] : tablesWithoutRows(remaining, options, left.rows);
  const isIncluding = options.tables !== undefined || options.schemas !== undefined;
  const rows = options.schemaOnly !== true;
  const foreignKeysLeftOut = options.dataOnly
    ? []
    : danglingForeignKeys(catalog, remaining, rowsLeftOut, gone);
  const selection = {
    definitions: options.dataOnly !== true,
    rows,
    largeObjects: rows && left.largeObjects && (options.largeObjects ?? !isIncluding),
    leftOut: left.relations.map(({ schema, name, reason }) => {
      const [partitionOf] = ancestorsOf({ schema, name });
      return {
        schema,
        name,
        reason,
        ...(partitionOf && { partitionOf: { schema: partitionOf.schema, name: partitionOf.name } }),
      };
    }),
    rowsLeftOut,
    foreignKeysLeftOut,
  };
  return { selection, catalog: withoutForeignKeys(remaining, foreignKeysLeftOut) };
}

/** True where the options ask for the rows of a table. */
export function wantsRows(options: SelectionOptions, table: RelationName): boolean {
  const { included, excludedRows } = patternsOf(options);
  const isIncluding = options.tables !== undefined || options.schemas !== undefined;
  return (
    options.schemaOnly !== true &&
    !excludedRows.some(({ pattern }) => pattern(table)) &&
    (!isIncluding || included.some(({ pattern }) => pattern(table)))
  );
}

/** True where a selection leaves nothing out. */
export function isEverything(selection: Selection): boolean {
  const { definitions, rows, largeObjects, leftOut, rowsLeftOut } = selection;
  return definitions && rows && largeObjects && leftOut.length === 0 && rowsLeftOut.length === 0;
}

/** Tables whose rows the selection holds. */
export function selectedTables(catalog: Catalog, selection: Selection): DataTable[] {
  if (!selection.rows) return [];
  const without = new Set(selection.rowsLeftOut.map(relationKey));
  return dataTables(catalog).filter((table) => !without.has(relationKey(table)));
}

interface Named {
  readonly text: string;
  readonly pattern: NamePattern;
}

function patternsOf(
  options: SelectionOptions,
): Record<'included' | 'excluded' | 'excludedRows', Named[]> {
  const read = (texts: readonly string[] | undefined, as: typeof tablePattern): Named[] =>
    (texts ?? []).map((text) => ({ text, pattern: as(text) }));
  return {
    included: [...read(options.tables, tablePattern), ...read(options.schemas, schemaPattern)],
    excluded: [
      ...read(options.excludeTables, tablePattern),
      ...read(options.excludeSchemas, schemaPattern),
    ],
    excludedRows: read(options.excludeRows, tablePattern),
  };
}

function tablesWithoutRows(
  catalog: Catalog,
  options: SelectionOptions,
  unreadable: readonly LeftOut[],
): LeftOut[] {
  const { included, excludedRows } = patternsOf(options);
  const ancestorsOf = ancestry(catalog);
  const tables = dataTables(catalog).map((table) => ({
    table,
    names: [table, ...ancestorsOf(table)],
  }));
  const matching = ({ text, pattern }: Named): DataTable[] => {
    const meant = tables.filter(({ names }) => names.some(pattern));
    if (meant.length === 0) throw meansNothing(text);
    return meant.map(({ table }) => table);
  };
  const reasons = new Map<string, string>();
  if (options.tables !== undefined || options.schemas !== undefined) {
    const wanted = new Set(included.flatMap(matching).map(relationKey));
    for (const { table } of tables) {
      if (!wanted.has(relationKey(table))) reasons.set(relationKey(table), 'not among those named');
    }
  }
  for (const named of excludedRows) {
    for (const table of matching(named))
      reasons.set(relationKey(table), `excluded by ${named.text}`);
  }
  for (const { reason, ...name } of unreadable) reasons.set(relationKey(name), reason);
  return tables.flatMap(({ table }) => {
    const reason = reasons.get(relationKey(table));
    return reason === undefined ? [] : [{ schema: table.schema, name: table.name, reason }];
  });
}

function withoutRelations(catalog: Catalog, gone: ReadonlySet<string>): Catalog {
  const stays = (relation: RelationName): boolean => !gone.has(relationKey(relation));
  return {
    ...catalog,
    relations: catalog.relations.filter(stays),
    sequences: catalog.sequences.filter(stays),
    publications: catalog.publications.map((publication) => ({
      ...publication,
      tables: publication.tables.filter(stays),
    })),
  };
}

function meansNothing(text: string): SelectionError {
  return new SelectionError(
    `${JSON.stringify(text)} means no table of this database. Mend the name; a schema other than public must be named.`,
  );
}
