import type { DatabasePool } from 'slonik';

/** The connections of a database at one moment. */
export interface DatabaseState {
  readonly status: 'open' | 'closing' | 'closed';
  /** Connections that there can be at once. */
  readonly max: number;
  /** Connections that are open. */
  readonly total: number;
  readonly idle: number;
  /** In use by a call. */
  readonly acquired: number;
  /** Being opened. */
  readonly connecting: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** @param kept connections that have ended their call and are not given back yet */
export function stateOf(
  pool: DatabasePool,
  kept: number,
  max: number,
  isClosing: boolean,
): DatabaseState {
  const state = pool.state();
  const acquired = state.acquiredConnections - kept;
  const idle = state.idleConnections + state.pendingReleaseConnections + kept;
  return {
    status: state.state === 'ENDED' ? 'closed' : isClosing ? 'closing' : 'open',
    max,
    total: idle + acquired,
    idle,
    acquired,
    connecting: state.pendingConnections,
    waiting: state.waitingClients,
  };
}
