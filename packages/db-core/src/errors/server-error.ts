import type { DriverReport } from './clean-cause.ts';
import { DatabaseError } from './database-error.ts';
import type { ServerReport } from './server-report.ts';

/** What an error of the server is made of. */
export interface ServerFailure {
  readonly report: ServerReport;
  readonly cause: DriverReport;
  /** Name of the query; null for a statement without one. */
  readonly query: string | null;
  /** The word of the statement that the server points at, where it points at a name. */
  readonly near: string | null;
}

/** An error that the server answered with. Its subclasses tell the kinds apart. */
export abstract class ServerError extends DatabaseError {
  declare readonly sqlstate: string;
  /** The condition's name in Appendix A of the manual; null for a code of the application's own. */
  readonly condition: string | null;
  /** Name of the query that failed. */
  readonly query: string | null;
  readonly schema: string | null;
  readonly table: string | null;
  readonly column: string | null;
  readonly dataType: string | null;
  readonly constraint: string | null;

  /** @param text what happened, and what to do now, as it follows the name of the query */
  constructor(failure: ServerFailure, text: string) {
    const { report, query } = failure;
    super(query === null ? text : `${query}: ${text}`, {
      cause: failure.cause,
      sqlstate: report.sqlstate,
    });
    this.condition = report.condition;
    this.query = query;
    this.schema = report.schema;
    this.table = report.table;
    this.column = report.column;
    this.dataType = report.dataType;
    this.constraint = report.constraint;
  }
}

/** `unique_violation (SQLSTATE 23505)`, for messages. */
export function conditionText(report: ServerReport): string {
  return report.condition === null
    ? `SQLSTATE ${report.sqlstate}`
    : `${report.condition} (SQLSTATE ${report.sqlstate})`;
}

/** ` of public.staff`, for messages; empty where the server named no table. */
export function tableText({ schema, table }: ServerReport): string {
  if (table === null) return '';
  return ` of ${schema === null ? table : `${schema}.${table}`}`;
}
