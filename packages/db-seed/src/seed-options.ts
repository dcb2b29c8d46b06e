import type { RelationName } from '@tothub/db-catalog';
import { SeedOptionsError } from './errors.ts';
import type { SeedProfile } from './profile.ts';

/** Where, what and how much. */
export interface SeedOptions {
  readonly connectionString: string;
  /** Tables to fill. @default every empty table that is no partition and no migration tool's */
  readonly tables?: readonly RelationName[];
  /** Tables to leave alone, besides the profile's; without `name`, a whole schema. */
  readonly exclude?: readonly { readonly schema: string; readonly name?: string }[];
  /** Rows a table, from 1 to 1,000,000. Fewer where the constraints leave no room. @default { min: 5, max: 10 } */
  readonly rows?: number | { readonly min: number; readonly max: number };
  /** The same seed gives the same rows. @default 1 */
  readonly seed?: number;
  /** What is known about the application beyond its catalog. */
  readonly profile?: SeedProfile;
  /** The present that drawn dates lie around. @default 2025-09-01T12:00:00Z */
  readonly now?: Date;
  /** Also fill tables of `tables` that hold rows; their rows stay as they are. @default false */
  readonly intoNonEmpty?: boolean;
  /** Do everything, then roll back. Sequences may move on. @default false */
  readonly dryRun?: boolean;
  /** How long to wait for another session's lock on a table, in milliseconds. @default 5000 */
  readonly lockTimeoutMs?: number;
  readonly onProgress?: (progress: SeedProgress) => void;
  /** Ends the run; nothing is written then. */
  readonly signal?: AbortSignal;
}

/** Sent after each table. */
export interface SeedProgress {
  readonly schema: string;
  readonly table: string;
  /** Rows written; 0 when the table was skipped. */
  readonly rows: number;
  readonly reason?: string;
  readonly done: number;
  readonly total: number;
}

/** What was written, and what was not and why. */
export interface SeedResult {
  readonly tables: readonly {
    readonly schema: string;
    readonly table: string;
    readonly rows: number;
  }[];
  readonly skipped: readonly {
    readonly schema: string;
    readonly table: string;
    readonly reason: string;
  }[];
}

/** The least and the most rows of a table, checked. */
export function rowRange(rows: number | { readonly min: number; readonly max: number }): {
  min: number;
  max: number;
} {
  const { min, max } = typeof rows === 'number' ? { min: rows, max: rows } : rows;
  const isCount = (value: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= 1_000_000;
  if (!isCount(min) || !isCount(max) || min > max) {
    throw new SeedOptionsError(
      '`rows` is not a number of rows. Pass a whole number from 1 to 1,000,000, or { min, max } of such.',
    );
  }
  return { min, max };
}
