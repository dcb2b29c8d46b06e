import type { Column, Relation } from '@tothub/db-catalog';
import { displayName, displayPath } from '../display-name.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { pathOf } from '../schema-index.ts';
import type { Link } from '../section.ts';

/** The columns of a relation, one row each. */
export function columnTable(relation: Relation, link: Link): readonly string[] {
  const isView = relation.kind === 'view' || relation.kind === 'materialized view';
  return table(
    ['#', 'Column', 'Type', 'Nullable', 'Default', 'Key', 'Comment'],
    relation.columns.map((column) => [
      String(column.position),
      code(displayName(column.name)),
      typeCell(column, link),
      isView ? '' : column.notNull ? 'no' : 'yes',
      defaultCell(column),
      keyMarks(relation, column.name, link).join('<br>'),
      column.comment ? prose(column.comment) : '',
    ]),
  );
}

function typeCell({ type, collation, userType }: Column, link: Link): string {
  const text = collation ? `${type} COLLATE ${collation}` : type;
  return userType ? link(pathOf(userType), text) : code(text);
}

function defaultCell({ default: expression, identity, generated }: Column): string {
  if (identity) return `identity ${identity}`;
  if (expression === null) return '';
  return generated ? `generated ${generated}: ${code(expression)}` : code(expression);
}

function keyMarks({ constraints }: Relation, column: string, link: Link): string[] {
  return constraints.flatMap((constraint) => {
    const at = constraint.columns.indexOf(column);
    if (at < 0) return [];
    switch (constraint.kind) {
      case 'primary key':
        return ['PK'];
      case 'unique':
        return ['UK'];
      case 'foreign key': {
        const { schema, name, columns } = constraint.references;
        const target = displayPath(schema, name, columns[at] ?? '');
        return [`FK → ${link(pathOf(constraint.references), target)}`];
      }
      default:
        return [];
    }
  });
}
