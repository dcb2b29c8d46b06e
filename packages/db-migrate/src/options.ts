import type { BackupGate } from './backup-gate.ts';
import type { EventListener } from './events.ts';
import { TOOL_VERSION } from './tool-version.ts';

/** What a migrator needs to know. */
export interface MigratorOptions {
  /** URL of the database, straight to the server: not of a transaction pooler. */
  readonly connectionString: string;
  /** Folder of the `NNNN_name.up.sql` files. */
  readonly directory: string;
  /** Schema of the ledger; made where it is missing. @default 'tothub' */
  readonly ledgerSchema?: string;
  /** Who runs, as the ledger records it. @default the database role */
  readonly actor?: string;
  /** What runs, as the ledger records it. @default this package and its version */
  readonly toolVersion?: string;
  /**
   * How long a statement queues for a lock before its transaction starts over, in milliseconds, at least 1. Keep it
   * below the server's `deadlock_timeout` (1 s unless changed): then the runner steps out of a deadlock before the
   * server looks for one, and would end the statement of whoever waited first.
   *
   * @default 500
   */
  readonly lockTimeoutMs?: number;
  /** Wall time after which a migration that cannot get its locks gives up, in milliseconds. @default 300000 */
  readonly retryBudgetMs?: number;
  /** How long to wait for another runner, in milliseconds; 0 refuses at once. @default 60000 */
  readonly waitMs?: number;
  /** Asked before destructive migrations; without one they are refused. */
  readonly backupGate?: BackupGate;
  readonly onEvent?: EventListener;
  /** Ends a run: cancels the statement on the server, rolls back and releases the lock. */
  readonly signal?: AbortSignal;
}

export interface ResolvedOptions {
  readonly connectionString: string;
  readonly directory: string;
  readonly ledgerSchema: string;
  readonly actor: string | null;
  readonly toolVersion: string;
  readonly lockTimeoutMs: number;
  readonly retryBudgetMs: number;
  readonly waitMs: number;
  readonly backupGate: BackupGate | undefined;
  readonly emit: EventListener;
  readonly signal: AbortSignal | undefined;
}

/** Fills in the defaults. @throws RangeError for a duration that is not a sensible number. */
export function resolveOptions(options: MigratorOptions): ResolvedOptions {
  const { onEvent } = options;
  return {
    connectionString: options.connectionString,
    directory: options.directory,
    ledgerSchema: options.ledgerSchema ?? 'tothub',
    actor: options.actor ?? null,
    toolVersion: options.toolVersion ?? TOOL_VERSION,
    lockTimeoutMs: duration('lockTimeoutMs', options.lockTimeoutMs ?? 500, 1),
    retryBudgetMs: duration('retryBudgetMs', options.retryBudgetMs ?? 300_000, 0),
    waitMs: duration('waitMs', options.waitMs ?? 60_000, 0),
    backupGate: options.backupGate,
    emit(event) {
      try {
        onEvent?.(event);
      } catch {
        // Reporting must not stop a migration half-way.
      }
    },
    signal: options.signal,
  };
}

function duration(name: string, value: number, least: number): number {
  // 2147483647 ms is the most that PostgreSQL takes for a timeout.
  if (!Number.isInteger(value) || value < least || value > 2_147_483_647) {
    throw new RangeError(
      `${name} is ${value}. Give a whole number of milliseconds, at least ${least}.`,
    );
  }
  return value;
}
