/** What clients are told when something is wrong: problem+json (RFC 9457), without a value of a row. */
import { STATUS_CODES } from 'node:http';
import {
  CheckViolationError,
  ConstraintViolationError,
  DatabaseError,
  DomainError,
  InvalidInputError,
  NotFoundError,
  NotNullViolationError,
  StatementCancelledError,
  StatementTimeoutError,
  ValueRejectedError,
} from '@tothub/db-core';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/** An answer that is not 2xx, thrown from anywhere in a route. */
export class Problem extends Error {
  readonly status: number;
  /** Names of the parameters at fault. */
  readonly parameters: readonly string[] | undefined;

  constructor(status: number, parameters?: readonly string[]) {
    super(STATUS_CODES[status]);
    this.status = status;
    this.parameters = parameters;
  }
}

/** What the errors of the database mean to a client; the first line that fits counts. */
const STATUS_OF: readonly [abstract new (...args: never[]) => DatabaseError, number][] = [
  [NotFoundError, 404],
  [InvalidInputError, 422],
  [ValueRejectedError, 422],
  [CheckViolationError, 422],
  [NotNullViolationError, 422],
  [ConstraintViolationError, 409],
  [DomainError, 409],
  [StatementTimeoutError, 503],
  [StatementCancelledError, 503],
];

function statusOf(error: unknown): number {
  if (error instanceof Problem) return error.status;
  if (error instanceof DatabaseError) {
    const [, status] = STATUS_OF.find(([type]) => error instanceof type) ?? [];
    return status ?? (error.isRetryable ? 503 : 500);
  }
  // Express itself: a path that cannot be decoded.
  return error instanceof URIError ? 400 : 500;
}

/** What is written to the log when a request could not be served. */
export interface LogEntry {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly error: unknown;
}

/** The last route: there is nothing here. */
export const notFound: RequestHandler = () => {
  throw new Problem(404);
};

/** Turns whatever a route threw into an answer, and faults of ours into an entry of the log. */
export function problemHandler(log: (entry: LogEntry) => void): ErrorRequestHandler {
  return (error, request, response, _next) => {
    if (response.destroyed) return; // The client has left: there is nobody to tell.
    const status = statusOf(error);
    if (status >= 500) log({ method: request.method, path: request.path, status, error });
    if (response.headersSent) return void response.destroy(); // Half an answer must not look whole.
    if (status === 503) response.set('Retry-After', '1');
    response
      .status(status)
      .type('application/problem+json')
      .json({
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        ...(status < 500 && error instanceof DatabaseError ? { code: error.code } : {}),
        ...(error instanceof Problem && error.parameters ? { parameters: error.parameters } : {}),
      });
  };
}
