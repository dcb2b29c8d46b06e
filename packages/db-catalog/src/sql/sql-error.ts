import { CatalogError } from '../catalog-error.ts';
import type { SourcePosition } from './source-text.ts';

/** Thrown where the optional peer dependency libpg-query is missing. */
export class SqlParserMissingError extends CatalogError {
  readonly code = 'TOTHUB_SQL_PARSER_MISSING';
}

/** Thrown for text that PostgreSQL's grammar refuses. */
export class SqlSyntaxError extends CatalogError {
  readonly code = 'TOTHUB_SQL_SYNTAX';
  /** What the parser said. */
  readonly problem: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units as editors count. */
  readonly column: number;

  constructor(problem: string, { line, column }: SourcePosition, options?: ErrorOptions) {
    super(`Line ${line}, column ${column}: ${problem}. Correct the SQL there.`, options);
    this.problem = problem;
    this.line = line;
    this.column = column;
  }
}
