import { TransactionTimeoutError } from './concurrency-errors.ts';
import { ConnectionError } from './connection-errors.ts';
import { ServerUnavailableError } from './server-state-errors.ts';

/** Whether the connection that an error came over is gone and has to be thrown away. */
export function isConnectionLoss(
  error: unknown,
): error is ConnectionError | ServerUnavailableError | TransactionTimeoutError {
  return (
    error instanceof ConnectionError ||
    error instanceof ServerUnavailableError ||
    error instanceof TransactionTimeoutError
  );
}
