/** What `hashColumn` is told, and what it answers. */
import type { RelationName } from '@tothub/db-catalog';
import type { HashOptions } from '../../credentials/hash-credential.ts';
import type { RewriteOptions } from '../rewrite-rows.ts';
import type { KeptRows } from '../tally.ts';
import type { ClassTreatment } from './column-class.ts';
import type { ColumnObstacle } from './find-dependents.ts';
import type { PlaintextRemains } from './plaintext-remains.ts';
import type { ClassCount } from './survey-column.ts';

/**
 * What `hashColumn` is told, beside how hashes are made. `batchSize` is by default what takes about two seconds.
 */
export type HashColumnOptions = HashOptions &
  RewriteOptions & {
    readonly table: RelationName;
    /** The column that holds the secrets. Its hashes take their place, unless there is a target. */
    readonly column: string;
    /** Takes the hashes; the old column is emptied in the same statement. Hashes found in the old column move too. */
    readonly target?: string | undefined;
    /** Only rows whose column has this text value. */
    readonly when?: { readonly column: string; readonly equals: string } | undefined;
    /** What becomes of values that may or may not be plaintext. Without a word on one that occurs, the run is refused. */
    readonly treat?: ClassTreatment | undefined;
    /** Dependents that may stay as they are, each as `<kind> <name>`: `trigger set_updated_at`, `unique logins_pin_key`. */
    readonly accept?: readonly string[] | undefined;
    /** The table that keeps the old values, as ciphertexts of the key ring. */
    readonly quarantine?: RelationName | undefined;
    /** Says that the old values may be lost for ever. Needed where there is no quarantine. @default false */
    readonly irreversible?: boolean | undefined;
    /** Where the audit log lives. @default 'audit' */
    readonly auditSchema?: string | undefined;
  };

/** What `hashColumn` found and did. Counts only, never a value. */
export interface HashColumnReport {
  readonly table: RelationName;
  readonly column: string;
  readonly target?: string;
  readonly dryRun: boolean;
  /** What the column held before, by class. */
  readonly before: readonly ClassCount[];
  /** Rows to be hashed or moved, when the run began. */
  readonly rowCount: number;
  /** How long hashing them takes at the pace that was measured, in milliseconds. */
  readonly estimatedMs: number;
  /** Of a dry run: what a real one would be refused for. */
  readonly obstacles: readonly ColumnObstacle[];
  /** What else depends on the column, a sentence each. */
  readonly notes: readonly string[];
  /** Rows that were hashed or moved. */
  readonly written: number;
  readonly kept: readonly KeptRows[];
  /** What the column holds now, read in a fresh snapshot; not of a dry run. */
  readonly after?: readonly ClassCount[];
  /** Rows of it that are still plaintext, or might be and nobody said. 0 is the proof. */
  readonly inClear: number;
  readonly remains: PlaintextRemains;
}
