import type { Constraint } from '../model.ts';
import type { ConstraintRow } from './queries/constraints.ts';

/** Gives a constraint row the members that its kind has. */
export function constraintOf(row: ConstraintRow): Constraint {
  const { kind, columns } = row;
  const base = {
    name: row.name,
    definition: row.definition,
    deferrable: row.deferrable,
    initiallyDeferred: row.initiallyDeferred,
    validated: row.validated,
    isLocal: row.isLocal,
    comment: row.comment,
  };
  switch (kind) {
    case 'primary key':
    case 'exclusion':
      return { ...base, kind, columns, index: row.index ?? '' };
    case 'unique':
      return {
        ...base,
        kind,
        columns,
        index: row.index ?? '',
        nullsNotDistinct: row.nullsNotDistinct ?? false,
      };
    case 'foreign key':
      return {
        ...base,
        kind,
        columns,
        references: {
          schema: row.references?.schema ?? '',
          name: row.references?.name ?? '',
          columns: row.referencedColumns,
        },
        onUpdate: row.onUpdate,
        onDelete: row.onDelete,
        onDeleteColumns: row.onDeleteColumns,
        match: row.match,
      };
    case 'check':
      return {
        ...base,
        kind,
        columns,
        expression: row.expression ?? '',
        noInherit: row.noInherit,
      };
    case 'not null':
      return { ...base, kind, columns };
  }
}
