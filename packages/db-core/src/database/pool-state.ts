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

export function stateOf(pool: DatabasePool, max: number, isClosing: boolean): DatabaseState {
  const state = pool.state();
  const idle = state.idleConnections;
  // One that is being given back has ended its call.
  const acquired = state.acquiredConnections;
  const releasing = state.pendingReleaseConnections;
  return {
    status: state.state === 'ENDED' ? 'closed' : isClosing ? 'closing' : 'open',
    max,
    total: idle + acquired + releasing,
    idle: idle + releasing,
    acquired,
    connecting: state.pendingConnections,
    waiting: state.waitingClients,
  };
}
