import { ConnectionLostError, UnknownOutcomeError } from '../errors/connection-errors.ts';

/** What an error means before the COMMIT: whatever the lost connection had been told, it does not last. */
export function beforeCommit(error: unknown): unknown {
  if (!(error instanceof UnknownOutcomeError)) return error;
  const { cause, query, sqlstate } = error;
  return new ConnectionLostError({ cause, query, sqlstate });
}
