/**
 * What can go wrong in this package. No message, property or cause ever holds a secret or a row's
 * values: what PostgreSQL says about a failed statement is cut down to names and codes first.
 */

/** The base class of every error thrown here. */
export abstract class SecurityError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed if it is made again later. */
  readonly isRetryable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A key file that does not exist, cannot be read, is readable by others, or is not a key file. */
export class KeyFileError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_KEY_FILE';
}

/** A value or stored hash names a key that the key ring does not hold. */
export class UnknownKeyError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_UNKNOWN_KEY';
}

/** A secret that cannot be hashed without quietly changing what it means, or a cost outside the limits. */
export class SecretRefusedError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_SECRET_REFUSED';
}

/** A stored hash of a known kind that must not be verified: `$2x$`. */
export class UnsupportedHashError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_UNSUPPORTED_HASH';
}

/** The hashing workers stopped: the process is ending, or a worker could not start. */
export class HashWorkerError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_HASH_WORKER';
  override readonly isRetryable = true;
}

/** More hashes are waiting than the pool's queue takes. */
export class HashQueueFullError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_HASH_QUEUE_FULL';
  override readonly isRetryable = true;
}

/** An optional package is needed and not installed. */
export class MissingDependencyError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_MISSING_DEPENDENCY';
}

/** A ciphertext that was altered, moved to another row or column, or is none. */
export class CiphertextRejectedError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_CIPHERTEXT_REJECTED';
}

/** A field context with a part that is not a text, so that it would bind to something else. */
export class FieldContextError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_FIELD_CONTEXT';
}

/** A treatment, table or option that cannot be carried out as asked. Nothing was changed. */
export class TreatmentError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_TREATMENT';
}

/** The evidence of the audit log cannot be made or examined as things stand. Nothing was changed. */
export class AuditEvidenceError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_EVIDENCE';
}

/** A question to the audit log, or a restore from it, that cannot be answered exactly. Nothing was changed. */
export class AuditRefusedError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_AUDIT_REFUSED';
}

/** Something that needs one session was given a pool. */
export class SessionRequiredError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_SESSION_REQUIRED';
}

/** A statement that PostgreSQL refused. Holds names and the SQLSTATE, never values. */
export class StatementError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_STATEMENT';
  override readonly isRetryable: boolean;
  /** PostgreSQL's five-character error code. */
  readonly sqlState: string | undefined;

  constructor(message: string, sqlState: string | undefined, options?: ErrorOptions) {
    super(message, options);
    this.sqlState = sqlState;
    this.isRetryable = sqlState !== undefined && RETRYABLE_STATES.has(sqlState);
  }
}

/** Lock timeout, deadlock, serialisation failure. */
const RETRYABLE_STATES: ReadonlySet<string> = new Set(['55P03', '40P01', '40001']);

/** The server or the network went away in the middle; every batch that was committed stays valid. */
export class ConnectionLostError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_CONNECTION';
  override readonly isRetryable = true;
}

/** The request to stop was honoured between two batches; what was written stays valid. */
export class AbortedError extends SecurityError {
  readonly code = 'TOTHUB_SECURITY_ABORTED';
  override readonly isRetryable = true;
}

/** @throws {AbortedError} when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new AbortedError('The run was stopped between two batches. Run it again to finish.', {
      cause: signal.reason,
    });
  }
}

/** Network errors, shutdowns (57P0x) and connection exceptions (08xxx); the driver's own have no code at all. */
function isConnectionLoss({ code, message }: Record<string, unknown>): boolean {
  return typeof code === 'string'
    ? /^(?:E[A-Z]{3,}|57P0[123]|25P03|08[0-9A-Z]{3})$/.test(code)
    : typeof message === 'string' && /^(?:Connection terminated|Client )/.test(message);
}

/** The fields of a driver's error that name things; its detail, hint and context may quote row values. */
const NAMING_FIELDS = ['code', 'severity', 'schema', 'table', 'column', 'dataType', 'constraint'];

/**
 * Wraps what a driver threw so that no row value travels with it: PostgreSQL quotes rows in DETAIL
 * ("Failing row contains …") and values in some messages.
 */
export function withoutValues(error: unknown, doing: string): SecurityError {
  if (error instanceof SecurityError) return error;
  const fields = error as Record<string, unknown>;
  if (isConnectionLoss(fields)) {
    return new ConnectionLostError(
      `${doing} was cut short: the connection to the server was lost. Run it again; it goes on from there.`,
      { cause: new Error('The connection was lost.') },
    );
  }
  const named = NAMING_FIELDS.filter((field) => typeof fields?.[field] === 'string');
  const sqlState = typeof fields?.code === 'string' ? fields.code : undefined;
  const about = named
    .filter((field) => field !== 'severity')
    .map((field) => `${field} ${String(fields[field])}`)
    .join(', ');
  const cause = new Error('The database refused a statement (its values are left out).');
  for (const field of named) Object.assign(cause, { [field]: fields[field] });
  return new StatementError(
    `${doing} failed${about === '' ? '' : ` (${about})`}. ` +
      'Nothing of this step was kept; mend what the code names and run it again.',
    sqlState,
    { cause },
  );
}
