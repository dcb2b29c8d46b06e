/**
 * PostgreSQL's own grammar for linter, advisor and seed: statements of a script, expressions of the catalog.
 * It needs the optional peer dependency libpg-query. What a statement does is for others to judge.
 */

export type { Node } from 'libpg-query';
export { parseExpression } from './sql/parse-expression.ts';
export { parseStatements, type SqlStatement } from './sql/parse-statements.ts';
export { SqlParserMissingError, SqlSyntaxError } from './sql/sql-error.ts';
