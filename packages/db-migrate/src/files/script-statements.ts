import { parseStatements, type SqlStatement, SqlSyntaxError } from '@tothub/db-catalog/sql';
import { MigrationFileError } from '../errors.ts';
import type { MigrationScript } from './read-migrations.ts';

/**
 * Splits a migration into its statements with PostgreSQL's own grammar.
 *
 * @throws MigrationFileError for a syntax error, for BEGIN, COMMIT and the like (the runner owns the
 *   transaction, and in a no-transaction file it could not resume inside one), and for a concurrent index
 *   without a name (a second attempt could not find it).
 */
export async function scriptStatements(script: MigrationScript): Promise<SqlStatement[]> {
  let statements: SqlStatement[];
  try {
    statements = await parseStatements(script.sql);
  } catch (cause) {
    if (!(cause instanceof SqlSyntaxError)) throw cause;
    throw new MigrationFileError(script.file, cause.message, {
      line: cause.line,
      column: cause.column,
      cause,
    });
  }
  for (const { tree, line, column } of statements) {
    if ('TransactionStmt' in tree) {
      throw new MigrationFileError(
        script.file,
        'a migration does not begin or end transactions itself. Remove the statement; the runner does it.',
        { line, column },
      );
    }
    if ('IndexStmt' in tree && tree.IndexStmt.concurrent && !tree.IndexStmt.idxname) {
      throw new MigrationFileError(
        script.file,
        'an index that is built concurrently needs a name, so that a failed build can be found. Name it.',
        { line, column },
      );
    }
  }
  return statements;
}
