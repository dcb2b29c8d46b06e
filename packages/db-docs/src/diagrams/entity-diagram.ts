import type { Column, ForeignKeyConstraint, Relation } from '@tothub/db-catalog';
import { displayName } from '../display-name.ts';
import { ownForeignKeys, pathOf, type SchemaIndex } from '../schema-index.ts';
import { createEntityNames, mermaidAttribute, mermaidLabel, mermaidType } from './mermaid-names.ts';

/** Left to right, where the version obeys it: many tables that reference one would else make a very wide row. */
const direction = '%%{init: {"er": {"layoutDirection": "LR"}}}%%';
/** From this many referencing tables on, every other one stands before the referenced table instead of after it. */
const bothSidesFrom = 4;

/**
 * One Mermaid `erDiagram`: the given tables with their key columns, and the foreign keys among them.
 * A foreign key to a table that is not in the picture is told at its column.
 */
export function entityDiagram(schema: SchemaIndex, tables: readonly string[]): string {
  const names = createEntityNames();
  const drawn = new Set(tables);
  const relations = tables.flatMap((path) => schema.byPath.get(path) ?? []);
  const single = new Set(relations.map((relation) => relation.schema)).size === 1;
  return [
    direction,
    'erDiagram',
    ...relations.flatMap((relation) => {
      const label = single ? displayName(relation.name) : pathOf(relation);
      return entity(
        schema,
        relation,
        `${names(pathOf(relation))}["${mermaidLabel(label)}"]`,
        drawn,
      );
    }),
    ...tables.flatMap((target) => {
      const arriving = (schema.references.get(target) ?? []).filter(({ from }) =>
        drawn.has(schema.rootOf(from)),
      );
      return arriving.map(({ from, foreignKey }, at) => {
        const before = arriving.length >= bothSidesFrom && at % 2 === 1;
        return line(from, foreignKey, names(schema.rootOf(from)), names(target), before);
      });
    }),
  ].join('\n');
}

function entity(
  schema: SchemaIndex,
  relation: Relation,
  head: string,
  drawn: ReadonlySet<string>,
): string[] {
  const primary = new Set(
    relation.constraints.flatMap(({ kind, columns }) => (kind === 'primary key' ? columns : [])),
  );
  const away = new Map<string, string[]>();
  for (const { columns, references } of ownForeignKeys(relation)) {
    const target = schema.rootOf(references);
    for (const column of columns) {
      const others = away.get(column) ?? [];
      away.set(column, drawn.has(target) ? others : [...others, target]);
    }
  }
  const attributes = relation.columns
    .filter((column) => primary.has(column.name) || away.has(column.name))
    .map((column) => attribute(column, primary.has(column.name), away.get(column.name)));
  return attributes.length === 0 ? [`  ${head}`] : [`  ${head} {`, ...attributes, '  }'];
}

function attribute(column: Column, isPrimary: boolean, away: readonly string[] | undefined) {
  const keys = [...(isPrimary ? ['PK'] : []), ...(away ? ['FK'] : [])].join(', ');
  const comment =
    away && away.length > 0 ? ` "to ${mermaidLabel([...new Set(away)].join(', '))}"` : '';
  return `    ${mermaidType(column.type)} ${mermaidAttribute(column.name)} ${keys}${comment}`;
}

/** Crow's feet: how many rows each end can have, as not-null and unique constraints state it. */
function line(
  from: Relation,
  { columns }: ForeignKeyConstraint,
  child: string,
  parent: string,
  childFirst: boolean,
): string {
  const mandatory = columns.every(
    (name) => from.columns.find((column) => column.name === name)?.notNull,
  );
  const single = from.constraints.some(
    (constraint) =>
      (constraint.kind === 'primary key' || constraint.kind === 'unique') &&
      constraint.columns.every((name) => columns.includes(name)),
  );
  const label = mermaidLabel(columns.join(', '));
  return childFirst
    ? `  ${child} ${single ? '|o' : '}o'}--${mandatory ? '||' : 'o|'} ${parent} : "${label}"`
    : `  ${parent} ${mandatory ? '||' : '|o'}--${single ? 'o|' : 'o{'} ${child} : "${label}"`;
}
