import type { CheckConstraint } from '@tothub/db-catalog';
import { type Node, parseExpression } from '@tothub/db-catalog/sql';

/** A column and the texts that a CHECK allows in it. */
export interface AllowedValues {
  readonly column: string;
  readonly values: readonly string[];
}

/**
 * What `CHECK (column IN (…))` allows, as the catalog prints it: `column = ANY (ARRAY['a'::text, …])`. Undefined for
 * any other CHECK.
 */
export async function allowedValues(check: CheckConstraint): Promise<AllowedValues | undefined> {
  const expression = withoutCasts(await parseExpression(check.expression));
  if (!('A_Expr' in expression) || expression.A_Expr.kind !== 'AEXPR_OP_ANY') return undefined;
  const { lexpr, rexpr } = expression.A_Expr;
  const [column] = check.columns;
  if (!lexpr || !rexpr || column === undefined) return undefined;
  const array = withoutCasts(rexpr);
  if (!('ColumnRef' in withoutCasts(lexpr)) || !('A_ArrayExpr' in array)) return undefined;
  const values = (array.A_ArrayExpr.elements ?? []).map(textOf);
  return values.every((value) => value !== undefined) ? { column, values } : undefined;
}

function textOf(element: Node): string | undefined {
  const constant = withoutCasts(element);
  return 'A_Const' in constant && constant.A_Const.sval ? constant.A_Const.sval.sval : undefined;
}

function withoutCasts(node: Node): Node {
  return 'TypeCast' in node && node.TypeCast.arg ? withoutCasts(node.TypeCast.arg) : node;
}
