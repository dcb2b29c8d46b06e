import pg from 'pg';
import { MigrateError, MigrationConnectionLostError, MigrationRefusedError } from '../errors.ts';
import {
  causeWithoutValues,
  endsConnection,
  messageWithoutValues,
  sqlstateOf,
} from './server-error.ts';
import type { Session } from './session.ts';

/** True when `error` means that one of the sessions is gone, whatever the driver called it. */
export function isConnectionLoss(error: unknown, sessions: readonly Session[]): boolean {
  return endsConnection(sqlstateOf(error)) || sessions.some((session) => session.isLost);
}

/** Any error of a run outside its migrations as one of this package; bugs pass as they are. */
export function explainConnection(error: unknown, sessions: readonly Session[]): unknown {
  if (error instanceof MigrateError) return error;
  if (isConnectionLoss(error, sessions)) {
    return new MigrationConnectionLostError(causeWithoutValues(error));
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  return new MigrationRefusedError(
    `The server refused: ${messageWithoutValues(error)} (SQLSTATE ${error.code}). Migrations need a writable server and a role that owns what they change.`,
    { cause: causeWithoutValues(error) },
  );
}
