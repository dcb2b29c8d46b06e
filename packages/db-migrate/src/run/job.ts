import type { SqlStatement } from '@tothub/db-catalog/sql';
import type { SqlClient } from '../connection/sql-client.ts';
import type { Direction } from '../events.ts';
import type { MigrationScript } from '../files/read-migrations.ts';

/** One script to be run now, and how its success is recorded. */
export interface Job {
  readonly version: string;
  readonly name: string;
  readonly direction: Direction;
  readonly script: MigrationScript;
  readonly statements: readonly SqlStatement[];
  /** Where an earlier, unfinished attempt outside a transaction left off. */
  readonly progress: {
    readonly done: number;
    readonly checksum: string | null;
    /** True when that attempt ended without a word: its next statement may have run unrecorded. */
    readonly interrupted: boolean;
  };
  /** What the ledger holds as checksum of the finished statements before the first; null in a transaction. */
  readonly startChecksum: string | null;
  /** Records the start; outside any transaction. */
  start(client: SqlClient): Promise<void>;
  /** Records the success; inside the migration's transaction where there is one. */
  finish(client: SqlClient, durationMs: number): Promise<void>;
}
