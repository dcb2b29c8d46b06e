import { ConfigurationError } from '../database/pool-errors.ts';
import { isConnectionLoss } from '../errors/connection-loss.ts';
import {
  AuthenticationError,
  DeadlockError,
  SerializationFailureError,
  TooManyConnectionsError,
  UndefinedObjectError,
} from '../errors.ts';

/** Whether a read failed because its replica cannot be reached, or does not take us. */
export function isReplicaGone(error: unknown): boolean {
  return (
    isConnectionLoss(error) ||
    error instanceof TooManyConnectionsError ||
    error instanceof AuthenticationError ||
    error instanceof ConfigurationError
  );
}

/**
 * Whether a read that failed on a replica may succeed on the primary: the replica is gone, what it replays got in the
 * way of the read, or it has not replayed a migration yet.
 */
export function mayWorkElsewhere(error: unknown): boolean {
  return (
    isReplicaGone(error) ||
    error instanceof SerializationFailureError ||
    error instanceof DeadlockError ||
    error instanceof UndefinedObjectError
  );
}
