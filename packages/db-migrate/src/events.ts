import type { LockHolder } from './errors.ts';

/** A session that another one waits for. Never its query text. */
export interface Blocker {
  readonly pid: number;
  readonly applicationName: string | null;
  /** As in `pg_stat_activity.state`; null where this role may not see it. */
  readonly state: string | null;
  /** Age of its transaction; null outside one or where this role may not see it. */
  readonly transactionAgeMs: number | null;
}

export type Direction = 'up' | 'down';

/** What a run reports while it goes on, told apart by `type`. */
export type MigrateEvent =
  | {
      /** Another runner holds the lock; this one polls until its budget is spent. */
      readonly type: 'runner-waiting';
      readonly holder: LockHolder | null;
    }
  | {
      /** The lease of a runner that ended without releasing it was taken over. */
      readonly type: 'lease-taken-over';
      readonly from: LockHolder;
    }
  | {
      readonly type: 'migration-started';
      readonly version: string;
      readonly name: string;
      readonly direction: Direction;
      readonly statementCount: number;
      /** Statement at which an interrupted run goes on, counted from 1. */
      readonly resumedAt: number | null;
    }
  | {
      /** A statement is done. */
      readonly type: 'statement';
      readonly version: string;
      readonly statement: number;
      readonly line: number;
      readonly durationMs: number;
    }
  | {
      /** A run ended between this statement and its record: it may have run before, and runs again. */
      readonly type: 'statement-repeated';
      readonly version: string;
      readonly statement: number;
      readonly line: number;
    }
  | {
      /** Others are in the way. Before a retry it says why and when; while a statement waits, both are null. */
      readonly type: 'lock-wait';
      readonly version: string;
      readonly sqlstate: string | null;
      readonly attempt: number;
      readonly retryInMs: number | null;
      readonly blockers: readonly Blocker[];
    }
  | {
      readonly type: 'index-building-elsewhere';
      readonly version: string;
      readonly index: string;
      readonly pids: readonly number[];
    }
  | {
      /** The INVALID leftover of an earlier concurrent build is dropped and built anew. */
      readonly type: 'index-invalid-replaced';
      readonly version: string;
      readonly index: string;
    }
  | {
      /** The wanted state was there already: a valid equal index, or none where it was to be dropped. */
      readonly type: 'index-unchanged';
      readonly version: string;
      readonly index: string;
    }
  | {
      readonly type: 'migration-finished';
      readonly version: string;
      readonly name: string;
      readonly direction: Direction;
      readonly durationMs: number;
    }
  | {
      readonly type: 'migration-failed';
      readonly version: string;
      readonly name: string;
      readonly direction: Direction;
      readonly message: string;
    };

/** Receives the events of a run. An error it throws is ignored: reporting must not stop a migration. */
export type EventListener = (event: MigrateEvent) => void;
