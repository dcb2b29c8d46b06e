import type { SqlStatement } from '@tothub/db-catalog/sql';
import type pg from 'pg';
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
  /** Records the start; outside any transaction. */
  start(client: pg.ClientBase): Promise<void>;
  /** Records the success; inside the migration's transaction where there is one. */
  finish(client: pg.ClientBase, durationMs: number): Promise<void>;
}
