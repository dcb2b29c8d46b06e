import type { Relation } from '@tothub/db-catalog';
import { quoteIdent } from '@tothub/db-catalog';
import { parseStatements } from '@tothub/db-catalog/sql';
import type { ExclusionPlan } from '../plan/table-plan.ts';
import { findField, isNode, listOf } from './ast.ts';

/**
 * The EXCLUDE constraints of a table, and (PostgreSQL 18) its keys WITHOUT OVERLAPS, as pairs of expression and
 * operator. https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE
 */
export async function exclusionPlans(relation: Relation): Promise<readonly ExclusionPlan[]> {
  const plans: ExclusionPlan[] = [];
  for (const index of relation.indexes.filter((one) => one.isExclusion)) {
    const constraint = relation.constraints.find(
      (one) => 'index' in one && one.index === index.name,
    );
    const operators =
      constraint?.kind === 'exclusion'
        ? await operatorsOf(constraint.definition)
        : index.keys.map((_, at) => (at === index.keys.length - 1 ? '&&' : '='));
    if (operators.length !== index.keys.length) continue;
    plans.push({
      label: `exclusion constraint ${index.name}`,
      parts: index.keys.map((key, at) => ({
        expression: key.expression,
        operator: operators[at] ?? '=',
      })),
      predicate: index.predicate,
    });
  }
  return plans;
}

async function operatorsOf(definition: string): Promise<readonly string[]> {
  const [statement] = await parseStatements(`ALTER TABLE t ADD ${definition}`);
  return listOf(findField(statement?.tree, 'exclusions')).map((pair) => {
    const items = isNode(pair.List) ? listOf(pair.List.items) : [];
    const names = isNode(items[1]?.List) ? listOf(items[1].List.items) : [];
    const parts = names.map((name) => (isNode(name.String) ? String(name.String.sval) : ''));
    const schema = parts.slice(0, -1).map((part) => `${quoteIdent(part)}.`);
    return `OPERATOR(${schema.join('')}${parts.at(-1)})`;
  });
}
