import { DriverReport } from './clean-cause.ts';
import { StatementCancelledError, StatementTimeoutError } from './concurrency-errors.ts';
import {
  ConnectionFailedError,
  ConnectionLostError,
  DriverError,
  UnknownOutcomeError,
} from './connection-errors.ts';
import { ConstraintViolationError } from './constraint-errors.ts';
import type { ConstraintErrors } from './constraint-map.ts';
import { DatabaseError } from './database-error.ts';
import { ruleFor } from './rules.ts';
import type { ServerFailure } from './server-error.ts';
import { serverReport } from './server-report.ts';
import { isTimeUp } from './time-up.ts';

/** What was going on when a driver failed. */
export interface FailureContext {
  /** Name of the query. */
  readonly query?: string | null | undefined;
  /** The SQL that was sent, in which the server's position counts. */
  readonly text?: string | undefined;
  /**
   * What a connection that is lost now leaves behind. `not sent`: nothing went out. `nothing`: what went out cannot
   * last, as a read or a statement of a transaction that is not committed. `unknown`: a write or a COMMIT.
   * @default 'unknown'
   */
  readonly lost?: 'not sent' | 'nothing' | 'unknown' | undefined;
  /** Whether this process had the statement cancelled, and why. */
  readonly cancelled?: 'signal' | 'timeout' | null | undefined;
  /** The statement timeout in milliseconds that was set, and how long the statement ran. */
  readonly timeoutMs?: number | undefined;
  readonly elapsedMs?: number | undefined;
  readonly constraints?: ConstraintErrors | undefined;
}

/**
 * Turns what a driver threw into an error of this package. The server's own words are left behind, since they quote
 * values; its names, its SQLSTATE and the condition stay. An error of this package passes as it is.
 *
 * No decision is made by the text of a message, which follows the server's `lc_messages`.
 */
export function translateError(error: unknown, context: FailureContext = {}): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const report = serverReport(error);
  const cause = new DriverReport(error);
  const query = context.query ?? null;
  if (report === null) {
    const isOfDriver =
      error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
    return isOfDriver ? new DriverError({ cause, query }) : lostConnection(context, cause, null);
  }
  const failure: ServerFailure = { report, cause, query, near: nearOf(report.position, context) };
  const make = ruleFor(report.sqlstate);
  if (make === 'connection') return lostConnection(context, cause, report.sqlstate);
  if (make === 'cancelled') return cancelled(failure, context);
  const translated = make(failure);
  const domain =
    translated instanceof ConstraintViolationError && translated.constraint !== null
      ? context.constraints?.get(translated.constraint)?.(translated)
      : undefined;
  return domain ?? translated;
}

function lostConnection(
  context: FailureContext,
  cause: DriverReport,
  sqlstate: string | null,
): DatabaseError {
  const failure = { cause, query: context.query ?? null, sqlstate };
  if (context.lost === 'not sent') return new ConnectionFailedError(failure);
  if (context.lost === 'nothing') return new ConnectionLostError(failure);
  return new UnknownOutcomeError(failure);
}

/** The server says 57014 for a timeout, for us and for anybody: only what we know ourselves tells them apart. */
function cancelled(failure: ServerFailure, context: FailureContext): DatabaseError {
  if (context.cancelled === 'signal') return new StatementCancelledError(failure, 'signal');
  const isLate = isTimeUp(context.elapsedMs ?? 0, context.timeoutMs);
  return context.cancelled === 'timeout' || isLate
    ? new StatementTimeoutError(failure)
    : new StatementCancelledError(failure, 'unknown');
}

const NAME = /^(?:"[^"]{1,200}"|[\p{L}_][\p{L}\p{N}_$.]{0,200})/u;

/** The name in the statement that the server points at. A literal is none, so no value gets in. */
function nearOf(position: number | null, { text }: FailureContext): string | null {
  if (position === null || text === undefined) return null;
  // The server counts characters, JavaScript halves of some.
  const rest = [...text].slice(position - 1, position + 200).join('');
  return NAME.exec(rest)?.[0] ?? null;
}
