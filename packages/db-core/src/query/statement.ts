import type { ConstraintErrors } from '../errors.ts';
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
  /**
   * Whether it may write: a connection that is lost under a write leaves open whether it happened.
   * @default 'write'
   */
  readonly access?: 'read' | 'write';
  /**
   * Whether it may become a prepared statement; not where its text is new each time, or its rows are those of a cursor.
   * @default true
   */
  readonly prepare?: boolean;
  /** What the violation of a constraint means to the domain. */
  readonly constraints?: ConstraintErrors | undefined;
}

export interface StatementResult {
  readonly rows: readonly unknown[];
  /** Rows returned or changed. */
  readonly rowCount: number;
}
