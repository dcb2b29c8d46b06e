import type { Constraint, Relation } from '@tothub/db-catalog';
import { displayName } from '../display-name.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';

/**
 * The constraints of a table. NOT NULL is told with the columns (PostgreSQL 18 alone has constraints for it),
 * so only one that is not validated has a row.
 */
export function constraintTable({ constraints }: Relation): readonly string[] {
  return table(
    ['Constraint', 'Kind', 'Definition', 'Notes', 'Comment'],
    constraints
      .filter(isTold)
      .map((constraint) => [
        code(displayName(constraint.name)),
        constraint.kind,
        code(constraint.definition),
        marks(constraint).join(', '),
        constraint.comment ? prose(constraint.comment) : '',
      ]),
  );
}

/** Whether a constraint has a row of its own. */
function isTold({ kind, validated }: Constraint): boolean {
  return kind !== 'not null' || !validated;
}

function marks(constraint: Constraint): string[] {
  const found: string[] = [];
  if (constraint.definition.endsWith('NOT ENFORCED')) found.push('**not enforced**');
  else if (!constraint.validated) found.push('**not validated**');
  if (constraint.initiallyDeferred) found.push('initially deferred');
  else if (constraint.deferrable) found.push('deferrable');
  if (!constraint.isLocal) found.push('inherited');
  return found;
}
