/** Names and values of the stable database conventions of OpenTelemetry, and of the pool ones that are in development. */
import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import { DatabaseError } from '../errors/database-error.ts';

/** Which server and database a pool belongs to. */
export interface ServerIdentity {
  /** Host name, address or folder of the socket. */
  readonly address: string;
  readonly port: number;
  readonly database: string;
}

const DEFAULT_PORT = 5432;

/** What every span and measurement of a pool carries. `db.namespace` is the database; search paths are not asked for. */
export function serverAttributes({ address, port, database }: ServerIdentity): Attributes {
  return {
    'db.system.name': 'postgresql',
    'db.namespace': database,
    'server.address': address,
    ...(port === DEFAULT_PORT ? {} : { 'server.port': port }),
  };
}

/**
 * How an operation failed: `error.type` is the SQLSTATE where the server answered, else the `code` of our error, else
 * the name of the error's class.
 */
export function errorAttributes(error: unknown): Attributes {
  if (error instanceof DatabaseError) {
    return error.sqlstate === null
      ? { 'error.type': error.code }
      : { 'error.type': error.sqlstate, 'db.response.status_code': error.sqlstate };
  }
  return { 'error.type': error instanceof Error ? error.name : '_OTHER' };
}

/** Has a span say how its operation failed. */
export function markFailed(span: Span, error: unknown): void {
  span.setAttributes(errorAttributes(error));
  // The message of another error may quote values.
  const message = error instanceof DatabaseError ? { message: error.message } : {};
  span.setStatus({ code: SpanStatusCode.ERROR, ...message });
}
