import type { Node } from 'libpg-query';
import type { PlanNode } from './explain.ts';
import { columnReference, parseOutput } from './expression-nullability.ts';

/** Comparisons that no NULL fulfils. */
const STRICT = new Set(['=', '<>', '<', '<=', '>', '>=', '~~', '~~*', '@>', '<@', '&&']);

const proofs = new WeakMap<PlanNode, ReadonlySet<string>>();

/** Whether the conditions of a node, or of what hands it its rows, let no row through in which a column is NULL. */
export function provenNotNull(node: PlanNode, alias: string, name: string): boolean {
  return proofsOf(node).has(JSON.stringify([alias, name]));
}

function proofsOf(node: PlanNode): ReadonlySet<string> {
  const known = proofs.get(node);
  if (known) return known;
  const found = new Set<string>();
  for (const condition of conditionsOf(node)) collect(parseOutput(condition), found);
  for (const child of node.Plans ?? []) {
    if (handsRowsUp(node, child)) for (const proof of proofsOf(child)) found.add(proof);
  }
  proofs.set(node, found);
  return found;
}

function conditionsOf(node: PlanNode): readonly string[] {
  const always = [node.Filter, node['Index Cond'], node['Recheck Cond']];
  const joining = [node['Hash Cond'], node['Merge Cond'], node['Join Filter']];
  const isInner = ['Inner', 'Semi'].includes(node['Join Type'] ?? '');
  return [...always, ...(isInner ? joining : [])].filter((text) => text !== undefined);
}

/** Whether every row of the node comes with a row of the child as it was. */
function handsRowsUp(node: PlanNode, child: PlanNode): boolean {
  const side = child['Parent Relationship'] ?? '';
  if (node['Node Type'] === 'ModifyTable') return false;
  const join = node['Join Type'];
  if (join === undefined) return side === 'Outer';
  if (join === 'Inner' || join === 'Semi') return side === 'Outer' || side === 'Inner';
  if (join === 'Left' || join === 'Anti') return side === 'Outer';
  return (join === 'Right' || join === 'Right Anti') && side === 'Inner';
}

function collect(condition: Node | null | undefined, found: Set<string>): void {
  if (!condition) return;
  if ('BoolExpr' in condition) {
    const { boolop, args = [] } = condition.BoolExpr;
    if (boolop === 'AND_EXPR') for (const part of args) collect(part, found);
    if (boolop === 'NOT_EXPR') add(args[0], found);
  } else if ('NullTest' in condition && condition.NullTest.nulltesttype === 'IS_NOT_NULL') {
    add(condition.NullTest.arg, found);
  } else if ('A_Expr' in condition) {
    const { kind, name = [], lexpr, rexpr } = condition.A_Expr;
    const [operator] = name.map((part) => ('String' in part ? part.String.sval : ''));
    if (!/^AEXPR_(OP|OP_ANY|LIKE|ILIKE|IN)$/.test(kind ?? '') || !STRICT.has(operator ?? ''))
      return;
    add(lexpr, found);
    if (kind === 'AEXPR_OP') add(rexpr, found);
  } else {
    // A boolean column that stands for itself.
    add(condition, found);
  }
}

function add(node: Node | undefined, found: Set<string>): void {
  const inner = node && 'TypeCast' in node ? node.TypeCast.arg : node;
  const reference = columnReference(inner);
  if (reference) found.add(JSON.stringify(reference));
}
