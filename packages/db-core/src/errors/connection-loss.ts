import { TransactionTimeoutError } from './concurrency-errors.ts';
import {
  ConnectionFailedError,
  ConnectionLostError,
  UnknownOutcomeError,
} from './connection-errors.ts';
import { ServerUnavailableError } from './server-state-errors.ts';

/** Whether the connection that an error came over is gone and has to be thrown away. */
export function isConnectionLoss(error: unknown): boolean {
  return (
    error instanceof ConnectionFailedError ||
    error instanceof ConnectionLostError ||
    error instanceof UnknownOutcomeError ||
    error instanceof ServerUnavailableError ||
    error instanceof TransactionTimeoutError
  );
}
