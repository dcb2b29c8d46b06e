import type { Node } from 'libpg-query';
import { parse } from './parse-statements.ts';
import { SqlSyntaxError } from './sql-error.ts';

/**
 * Parses one expression, as it stands in a CHECK, a default, an index key or a predicate.
 *
 * @throws {SqlSyntaxError} when the text is not exactly one expression
 * @throws {SqlParserMissingError} when libpg-query is not installed
 * @example
 * ```ts
 * await parseExpression('(age > 0)'); // { A_Expr: { kind: 'AEXPR_OP', … } }
 * ```
 */
export async function parseExpression(sql: string): Promise<Node> {
  const start = { line: 1, column: 1 };
  const { stmts = [] } = await parse(`SELECT\n${sql}`).catch((error: unknown) => {
    if (!(error instanceof SqlSyntaxError)) throw error;
    const { problem, line, column, cause } = error;
    throw new SqlSyntaxError(problem, line > 1 ? { line: line - 1, column } : start, { cause });
  });
  const statement = stmts[0]?.stmt;
  if (stmts.length === 1 && statement && 'SelectStmt' in statement) {
    const { targetList = [], limitOption, op, ...clauses } = statement.SelectStmt;
    const target = targetList[0];
    if (
      targetList.length === 1 &&
      target &&
      'ResTarget' in target &&
      target.ResTarget.val &&
      target.ResTarget.name === undefined &&
      op === 'SETOP_NONE' &&
      limitOption === 'LIMIT_OPTION_DEFAULT' &&
      Object.keys(clauses).length === 0
    ) {
      return target.ResTarget.val;
    }
  }
  throw new SqlSyntaxError('this is not one expression', start);
}
