/**
 * Which columns of a result may be NULL, from the plan. The planner has by then looked through views, made inner joins
 * of outer ones that a condition makes so, and says on which side of what join a table stands.
 */
import type { Node } from 'libpg-query';
import { provenNotNull } from './conditions.ts';
import type { DescribedColumn } from './describe.ts';
import { nodesOf, type PlanNode } from './explain.ts';
import {
  columnReference,
  type ExpressionScope,
  expressionKey,
  judgeExpression,
  parseOutput,
} from './expression-nullability.ts';
import type { ServerCatalog, ServerColumn } from './server-catalog.ts';
import { excluded, maybe, never, strictOf, unknown, type Verdict } from './verdict.ts';

/** Sides of a join whose rows are filled with NULL where the other side finds no partner. */
const EXTENDED: Readonly<Record<string, readonly string[]>> = {
  Left: ['Inner'],
  Right: ['Outer'],
  Full: ['Inner', 'Outer'],
  Anti: ['Inner'],
  'Right Anti': ['Outer'],
};

/** Judges the columns of a statement, in their order. */
export function judgeColumns(
  plan: PlanNode,
  columns: readonly DescribedColumn[],
  catalog: ServerCatalog,
): Verdict[] {
  return columns.map((column, at) => {
    const text = outputOf(plan)[at];
    const origin = catalog.columnAt(column.table, column.attribute);
    if (text === undefined) return unknown;
    const verdict = judgeOutput(text, plan, { plan, catalog, origin });
    return verdict === excluded ? unknown : verdict;
  });
}

interface Question {
  /** The whole plan: where CTEs and subqueries are found by name. */
  readonly plan: PlanNode;
  readonly catalog: ServerCatalog;
  /** The column of a table that the output is, seen through subqueries; undefined for an expression. */
  readonly origin: ServerColumn | undefined;
}

function judgeOutput(text: string, node: PlanNode, question: Question): Verdict {
  if (isAppend(node)) return judgeMembersAt(node, outputOf(node).indexOf(text), question);
  const expression = parseOutput(text);
  // Only a plain column has an origin; what an expression is made of has others.
  const isPlain = columnReference(expression) !== null;
  return judgeExpression(
    expression,
    scopeOf(node, isPlain ? question : { ...question, origin: undefined }),
  );
}

function scopeOf(node: PlanNode, question: Question): ExpressionScope {
  return {
    isGrouped: node['Group Key'] !== undefined,
    column: (alias, name) => judgeColumn(node, alias, name, question) ?? unknown,
    subplan: (name) => judgeSubplan(name, question),
    below: (expression) => judgeBelow(node, expression, question),
  };
}

/** An expression that a node has from below, where it is computed; undefined where the node computes it itself. */
function judgeBelow(node: PlanNode, expression: Node, question: Question): Verdict | undefined {
  // What a change returns is computed anew, of the changed row.
  if (node['Node Type'] === 'ModifyTable') return undefined;
  const key = expressionKey(expression);
  for (const child of ownChildren(node)) {
    const text = outputOf(child).find((output) => {
      const known = parseOutput(output);
      return known !== null && expressionKey(known) === key;
    });
    if (text === undefined) continue;
    return isExtended(node, child)
      ? maybe('the outer join may find no row')
      : judgeOutput(text, child, question);
  }
  return undefined;
}

function isExtended(join: PlanNode, side: PlanNode): boolean {
  const sides = EXTENDED[join['Join Type'] ?? ''] ?? [];
  return sides.includes(side['Parent Relationship'] ?? '');
}

/** Undefined where the alias is not of this part of the plan. */
function judgeColumn(
  node: PlanNode,
  alias: string,
  name: string,
  question: Question,
): Verdict | undefined {
  if (node['Grouping Sets'] !== undefined) return unknown;
  if (node.Alias !== undefined && (alias === '' || node.Alias === alias)) {
    return judgeSource(node, name, question);
  }
  if (isAppend(node)) {
    return judgeMembers(node, alias, name, question);
  }
  for (const child of ownChildren(node)) {
    const below = judgeColumn(child, alias, name, question);
    if (below === undefined) continue;
    const mayBeMissing = isExtended(node, child);
    if (below.null === 'never' && !mayBeMissing) return below;
    if (provenNotNull(node, alias, name)) return excluded;
    return mayBeMissing ? maybe('the outer join may find no row') : below;
  }
  return undefined;
}

function judgeSource(node: PlanNode, name: string, question: Question): Verdict {
  if (node['Node Type'] === 'Subquery Scan') {
    const query = node.Plans?.find((child) => child['Parent Relationship'] === 'Subquery');
    return query ? judgeThrough(query, question) : unknown;
  }
  if (node['Node Type'] === 'CTE Scan') {
    const query = named(question.plan, `CTE ${node['CTE Name']}`);
    return query ? judgeThrough(query, question) : unknown;
  }
  if (name === '*') return never('it is the whole row');
  const { Schema: schema, 'Relation Name': table } = node;
  if (schema === undefined || table === undefined) return unknown;
  const column = question.catalog.columnNamed(schema, table, name);
  if (!column) return unknown;
  const path = `${schema}.${table}.${name}`;
  if (column.notNull) return never(`${path} is NOT NULL`);
  // What is returned by a change is the changed row: what its scan was asked for need not hold any more.
  return node['Node Type'] !== 'ModifyTable' && provenNotNull(node, node.Alias ?? '', name)
    ? excluded
    : maybe(`${path} allows NULL`);
}

/** The outputs of a subquery that are the column asked for: EXPLAIN does not say which of them has which name. */
function judgeThrough(query: PlanNode, question: Question): Verdict {
  const { origin } = question;
  if (!origin) return unknown;
  const verdicts = outputOf(query).flatMap((text) => {
    const reference = columnReference(parseOutput(text));
    if (!reference) return [];
    const [alias, name] = reference;
    const isIt =
      isColumnOf(query, alias, name, origin) ||
      sourceNamed(query, alias)?.['Relation Name'] === undefined;
    return isIt ? [judgeOutput(text, query, question)] : [];
  });
  const [first] = verdicts;
  return first && verdicts.every((verdict) => verdict.null === first.null) ? first : unknown;
}

function isColumnOf(plan: PlanNode, alias: string, name: string, column: ServerColumn): boolean {
  const source = sourceNamed(plan, alias);
  return (
    source?.Schema === column.schema &&
    source['Relation Name'] === column.table &&
    name === column.name
  );
}

function sourceNamed(plan: PlanNode, alias: string): PlanNode | undefined {
  return ownNodes(plan).find((node) => node.Alias === alias);
}

/** A column of a UNION, or of partitions: EXPLAIN names it by the first member. */
function judgeMembers(
  append: PlanNode,
  alias: string,
  name: string,
  question: Question,
): Verdict | undefined {
  const at = outputOf(append).findIndex((text) => {
    const reference = columnReference(parseOutput(text));
    return reference?.[0] === alias && reference[1] === name;
  });
  if (at >= 0) return judgeMembersAt(append, at, question);
  return ownNodes(append).some((below) => below.Alias === alias) ? unknown : undefined;
}

function judgeMembersAt(append: PlanNode, at: number, question: Question): Verdict {
  const verdicts = ownChildren(append).map((member) => {
    const text = outputOf(member)[at];
    return text === undefined ? unknown : judgeOutput(text, member, question);
  });
  return strictOf(verdicts, 'it is NOT NULL in all members');
}

function isAppend(node: PlanNode): boolean {
  return node['Node Type'] === 'Append' || node['Node Type'] === 'Merge Append';
}

/** EXPLAIN prints none for a node that hands on what its members give. */
function outputOf(node: PlanNode): readonly string[] {
  const [child] = ownChildren(node);
  return node.Output ?? (child ? outputOf(child) : []);
}

/** A scalar subquery without rows is NULL; an aggregate of all rows always has one. */
function judgeSubplan(name: string, question: Question): Verdict {
  const plan = named(question.plan, name);
  if (plan?.['Node Type'] !== 'Aggregate' || plan['Group Key'] || plan.Filter) return unknown;
  const [text] = outputOf(plan);
  return text === undefined ? unknown : judgeOutput(text, plan, question);
}

function named(plan: PlanNode, name: string): PlanNode | undefined {
  return [...nodesOf(plan)].find(
    ({ 'Subplan Name': subplan }) => subplan === name || subplan?.startsWith(`${name} (`),
  );
}

/** Children that hand rows up; InitPlans, SubPlans and subqueries have names of their own. */
function ownChildren(node: PlanNode): readonly PlanNode[] {
  return (node.Plans ?? []).filter((child) =>
    ['Outer', 'Inner', 'Member'].includes(child['Parent Relationship'] ?? ''),
  );
}

function ownNodes(node: PlanNode): PlanNode[] {
  return [node, ...ownChildren(node).flatMap(ownNodes)];
}
