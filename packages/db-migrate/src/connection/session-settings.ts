import type { Session } from './session.ts';

/**
 * Statements that give a session the same settings whatever the role, the database or an earlier migration has
 * set: names resolve in `public` only, times are UTC and read the same, and no timeout but the runner's own ends a
 * statement.
 * See "Client Connection Defaults" in the PostgreSQL manual.
 */
function settings(session: Session): string {
  return [
    'RESET SESSION AUTHORIZATION',
    'RESET ROLE',
    'RESET ALL',
    'SET search_path = public',
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    'SET standard_conforming_strings = on',
    'SET lock_timeout = 0',
    'SET statement_timeout = 0',
    'SET idle_in_transaction_session_timeout = 0',
    'SET idle_session_timeout = 0',
    ...(session.serverVersion >= 170_000 ? ['SET transaction_timeout = 0'] : []),
    "SET default_transaction_isolation = 'read committed'",
    'SET default_transaction_read_only = off',
  ].join('; ');
}

/** Brings a session to the runner's settings. */
export async function resetSession(session: Session): Promise<void> {
  await session.client.query(settings(session));
  // The server then notices within a second that the client of a running statement is gone, so that a killed
  // runner does not block the next one. Not every platform can; there the statement runs to its end first.
  await session.client.query("SET client_connection_check_interval = '1s'").catch(() => {});
  // In a deadlock the one that looks first gives way. That should be the runner, which starts over by itself; where
  // its role may not set this, the lock time-out must do (see `MigratorOptions.lockTimeoutMs`).
  await session.client.query(
    `SELECT set_config('deadlock_timeout', '50ms', false)
     WHERE has_parameter_privilege('deadlock_timeout', 'SET')`,
  );
}
