import type { RowShape } from './row-shape.ts';

/** One statement, ready to be sent. */
export interface Statement {
  /** Name of the query, for errors, spans and the comment in the SQL. */
  readonly name: string;
  /** SQL with `$1`, `$2`, … */
  readonly text: string;
  readonly values: readonly unknown[];
  /** What the rows must look like; null where rows are of no interest. */
  readonly shape: RowShape | null;
}

export interface StatementResult {
  readonly rows: readonly unknown[];
  /** Rows returned or changed. */
  readonly rowCount: number;
}
