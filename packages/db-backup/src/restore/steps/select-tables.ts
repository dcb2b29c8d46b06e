/**
 * Chooses out of a script what belongs to certain tables: their definitions, rows, sequences, indexes, constraints,
 * triggers, policies and comments. The catalog of the backup says what there is, and `pg_dump` which comment belongs
 * to what.
 */
import { type Catalog, qualifiedName, type Relation, type RelationName } from '@tothub/db-catalog';
import { RestoreFailedError } from '../../errors.ts';
import { relationKey } from '../../relation-key.ts';
import type { ScriptPiece } from './read-script.ts';

/** What a restore of single tables takes. */
export interface TableSelection {
  /** The tables that were asked for, and the partitions of those that have any. */
  readonly tables: readonly Relation[];
  /** Sequences of serial and identity columns. */
  readonly sequences: readonly RelationName[];
  /** Judges the pieces in the order of the script. @throws RestoreFailedError where names cannot be told apart */
  takes(piece: ScriptPiece): boolean;
  /** What belongs to the tables and is left out, in words. */
  readonly leftOut: readonly string[];
}

/** Taken where they depend on something that is taken. */
const BY_DEPENDENCY = new Set([
  ...['TABLE DATA', 'SEQUENCE SET', 'SEQUENCE OWNED BY'],
  ...['COMMENT', 'SECURITY LABEL', 'ROW SECURITY', 'STATISTICS'],
]);

/** @throws RestoreFailedError for a table that the backup does not hold */
export function selectTables(catalog: Catalog, wanted: readonly RelationName[]): TableSelection {
  const tables = withPartitions(catalog, wanted);
  const keys = new Set(tables.map(relationKey));
  const sequences = catalog.sequences.filter(
    ({ ownedBy }) => ownedBy !== null && keys.has(relationKey(ownedBy)),
  );
  const headings = new Set([
    ...sequences.map(({ schema, name }) => headingOf('SEQUENCE', schema, name)),
    ...tables.flatMap((table) => headingsOf(table, isAttached(table, keys))),
  ]);
  const statistics = tables.map((table) => ` FROM ${qualifiedName(table)};`);
  const ids = new Set<number>();
  const seen = new Set<string>();
  const takes = ({ id, type, heading, dependencies, sql }: ScriptPiece): boolean => {
    if (type === '') return true;
    if (id === null) {
      throw new RestoreFailedError(
        'This backup was taken by an older version, which did not note what belongs to which table. Restore all of it into another database, and copy the table from there.',
      );
    }
    const isOurs =
      headings.has(heading) ||
      (BY_DEPENDENCY.has(type) && dependencies.some((dependency) => ids.has(dependency))) ||
      (type === 'STATISTICS' && statistics.some((end) => sql.trimEnd().endsWith(end)));
    if (!isOurs) return false;
    if (headings.has(heading) && seen.has(heading)) {
      throw new RestoreFailedError(
        `Two objects of the backup have names that cannot be told apart (${heading}). Restore all of it into another database.`,
      );
    }
    seen.add(heading);
    ids.add(id);
    return true;
  };
  const leftOut = tables
    .filter((table) => table.partitionOf !== null && !isAttached(table, keys))
    .map((table) => `${qualifiedName(table)}: a partition of a table that was not asked for`);
  return { tables, sequences, takes, leftOut };
}

function isAttached({ partitionOf }: Relation, tables: ReadonlySet<string>): boolean {
  return partitionOf !== null && tables.has(relationKey(partitionOf));
}

/** Headings of everything that has a place of its own in a script and bears a name that the catalog knows. */
function headingsOf(table: Relation, attached: boolean): string[] {
  const { schema, name } = table;
  const own = (type: string, ...names: string[]): string => headingOf(type, schema, ...names);
  return [
    own('TABLE', name),
    ...table.columns.map((column) => own('DEFAULT', name, column.name)),
    ...table.constraints.flatMap((constraint) => [
      own('CONSTRAINT', name, constraint.name),
      own('CHECK CONSTRAINT', name, constraint.name),
      own('FK CONSTRAINT', name, constraint.name),
    ]),
    ...table.indexes.map((index) => own('INDEX', index.name)),
    ...table.triggers.map((trigger) => own('TRIGGER', name, trigger.name)),
    ...table.rules.map((rule) => own('RULE', name, rule.name)),
    ...table.policies.map((policy) => own('POLICY', name, policy.name)),
    ...(attached
      ? [
          own('TABLE ATTACH', name),
          ...table.indexes.map((index) => own('INDEX ATTACH', index.name)),
        ]
      : []),
  ];
}

/** As `pg_dump` prints it: line breaks in names become spaces. */
export function headingOf(type: string, schema: string, ...names: readonly string[]): string {
  const line = (text: string): string => text.replace(/[\r\n]/g, ' ');
  return `${line(names.join(' '))}; Type: ${type}; Schema: ${line(schema)}`;
}

function withPartitions(catalog: Catalog, wanted: readonly RelationName[]): Relation[] {
  const isTable = ({ kind }: Relation): boolean => kind === 'table' || kind === 'partitioned table';
  const byName = new Map(catalog.relations.filter(isTable).map((one) => [relationKey(one), one]));
  const chosen = new Map<string, Relation>();
  const add = (name: RelationName): void => {
    const table = byName.get(relationKey(name));
    if (!table) {
      throw new RestoreFailedError(
        `The backup holds no table ${qualifiedName(name)}. Nothing was changed; look in its catalog.json for the name.`,
      );
    }
    chosen.set(relationKey(name), table);
    for (const child of byName.values())
      if (child.partitionOf && relationKey(child.partitionOf) === relationKey(table)) add(child);
  };
  wanted.forEach(add);
  return [...chosen.values()];
}
