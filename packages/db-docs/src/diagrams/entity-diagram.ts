import type { Column, ForeignKeyConstraint, Relation } from '@tothub/db-catalog';
import { ownForeignKeys, pathOf, type SchemaIndex } from '../schema-index.ts';
import { createEntityNames, mermaidAttribute, mermaidLabel, mermaidType } from './mermaid-names.ts';

/**
 * One Mermaid `erDiagram`: the given tables with their key columns, and the foreign keys among them.
 * A foreign key to a table that is not in the picture is told at its column.
 */
export function entityDiagram(schema: SchemaIndex, tables: readonly string[]): string {
  const names = createEntityNames();
  const drawn = new Set(tables);
  const relations = tables.flatMap((path) => schema.byPath.get(path) ?? []);
  return [
    'erDiagram',
    ...relations.flatMap((relation) => entity(schema, relation, names(pathOf(relation)), drawn)),
    ...relations.flatMap((relation) =>
      ownForeignKeys(relation).flatMap((foreignKey) => {
        const target = schema.rootOf(foreignKey.references);
        return drawn.has(target)
          ? [line(relation, foreignKey, names(pathOf(relation)), names(target))]
          : [];
      }),
    ),
  ].join('\n');
}

function entity(
  schema: SchemaIndex,
  relation: Relation,
  name: string,
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
  const label = `  ${name}["${mermaidLabel(pathOf(relation))}"]`;
  return attributes.length === 0 ? [label] : [`${label} {`, ...attributes, '  }'];
}

function attribute(column: Column, isPrimary: boolean, away: readonly string[] | undefined) {
  const keys = [...(isPrimary ? ['PK'] : []), ...(away ? ['FK'] : [])].join(', ');
  const comment =
    away && away.length > 0 ? ` "to ${mermaidLabel([...new Set(away)].join(', '))}"` : '';
  return `    ${mermaidType(column.type)} ${mermaidAttribute(column.name)} ${keys}${comment}`;
}

/** Crow's feet: how many rows each end can have, as not-null and unique constraints state it. */
function line(from: Relation, { columns }: ForeignKeyConstraint, child: string, parent: string) {
  const mandatory = columns.every(
    (name) => from.columns.find((column) => column.name === name)?.notNull,
  );
  const single = from.constraints.some(
    (constraint) =>
      (constraint.kind === 'primary key' || constraint.kind === 'unique') &&
      constraint.columns.every((name) => columns.includes(name)),
  );
  const label = mermaidLabel(columns.join(', '));
  return `  ${parent} ${mandatory ? '||' : '|o'}--${single ? 'o|' : 'o{'} ${child} : "${label}"`;
}
