import { parseExpression, SqlSyntaxError } from '@tothub/db-catalog/sql';

/** Small readers over PostgreSQL's own parse tree, as `@tothub/db-catalog/sql` hands it out. */

/** A node, or the body of one. */
export interface AstNode {
  readonly [field: string]: unknown;
}

/** The tree of an expression; undefined for one that is newer than the grammar at hand. */
export async function parsedExpression(expression: string): Promise<AstNode | undefined> {
  try {
    return { ...(await parseExpression(expression)) };
  } catch (error) {
    if (error instanceof SqlSyntaxError) return undefined;
    throw error;
  }
}

/** True for an object of the tree. */
export const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The nodes of a list; empty for anything else. */
export const listOf = (value: unknown): readonly AstNode[] =>
  Array.isArray(value) ? value.filter(isNode) : [];

/** The node below any number of casts and COLLATE clauses. */
export function stripCasts(node: unknown): unknown {
  if (!isNode(node)) return node;
  if (isNode(node.TypeCast)) return stripCasts(node.TypeCast.arg);
  return isNode(node.CollateClause) ? stripCasts(node.CollateClause.arg) : node;
}

const nameOf = (value: unknown): string | undefined =>
  isNode(value) && isNode(value.String) ? String(value.String.sval ?? '') : undefined;

/** The column that a node names, casts aside. */
export function columnOf(node: unknown): string | undefined {
  const inner = stripCasts(node);
  return isNode(inner) && isNode(inner.ColumnRef)
    ? nameOf(listOf(inner.ColumnRef.fields).at(-1))
    : undefined;
}

/** The operator's name, without its schema. */
export const operatorOf = (expression: AstNode): string =>
  nameOf(listOf(expression.name).at(-1)) ?? '';

/** A constant's text, casts aside. The parse tree leaves out zero, false and the empty string. */
export function constantOf(node: unknown): string | undefined {
  const inner = stripCasts(node);
  if (!isNode(inner)) return undefined;
  if (
    isNode(inner.A_Expr) &&
    inner.A_Expr.lexpr === undefined &&
    operatorOf(inner.A_Expr) === '-'
  ) {
    const value = constantOf(inner.A_Expr.rexpr);
    return value === undefined ? undefined : `-${value}`;
  }
  const constant = inner.A_Const;
  if (!isNode(constant) || constant.isnull === true) return undefined;
  if (isNode(constant.ival)) return String(constant.ival.ival ?? 0);
  if (isNode(constant.fval)) return String(constant.fval.fval ?? 0);
  if (isNode(constant.sval)) return String(constant.sval.sval ?? '');
  if (isNode(constant.bsval)) return String(constant.bsval.bsval ?? '').slice(1);
  return isNode(constant.boolval) ? String(constant.boolval.boolval ?? false) : undefined;
}

/** Name and first argument of a function call. */
export function callOf(
  node: unknown,
): { readonly name: string; readonly argument: unknown } | undefined {
  const inner = stripCasts(node);
  if (!isNode(inner) || !isNode(inner.FuncCall)) return undefined;
  const name = nameOf(listOf(inner.FuncCall.funcname).at(-1));
  return name === undefined ? undefined : { name, argument: listOf(inner.FuncCall.args)[0] };
}

const clocks = [
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'clock_timestamp',
  'timezone',
];

/** True for an expression whose value is the present, in whatever type. */
export function isNow(node: unknown): boolean {
  const inner = stripCasts(node);
  if (isNode(inner) && isNode(inner.SQLValueFunction)) {
    return /CURRENT_(?:DATE|TIME)|LOCALTIME/.test(String(inner.SQLValueFunction.op));
  }
  if (isNode(inner) && isNode(inner.A_Expr)) return isNow(inner.A_Expr.lexpr);
  return clocks.includes(callOf(inner)?.name ?? '') || constantOf(inner) === 'now';
}

/** The first value under a field of this name, anywhere at or below the node. */
export function findField(node: unknown, field: string): unknown {
  if (isNode(node) && node[field] !== undefined) return node[field];
  const below = isNode(node) ? Object.values(node) : Array.isArray(node) ? node : [];
  for (const value of below) {
    const found = findField(value, field);
    if (found !== undefined) return found;
  }
  return undefined;
}
