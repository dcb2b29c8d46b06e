import type { BackupIdentity } from '../encryption/encryption.ts';
import type { OnProgress } from '../progress.ts';
import type { SealedManifest } from '../storage/manifest.ts';
import type { RestoreReport } from './plan-restore.ts';

export interface RestoreBackupOptions {
  /**
   * Direct address of the database to restore into. One that does not exist is created, with encoding and locale of
   * the source, and gets its name only when everything is in it.
   */
  readonly into: string;
  /** Secret keys or passphrases; needed where the backup is encrypted. */
  readonly identities?: readonly BackupIdentity[];
  /** Public keys of which one must have signed the backup. @default no signature is demanded */
  readonly trustedKeys?: readonly string[];
  /** Folder of `pg_restore`. @default PATH and the usual places */
  readonly binDir?: string;
  /**
   * Restores beside the database that is there, compares with the backup, then exchanges the two by renaming; the old
   * one is kept. @default false: the database must be empty
   */
  readonly swap?: boolean;
  /** Roles of the source that have another name on the target server. */
  readonly mapRoles?: Readonly<Record<string, string>>;
  /** False leaves everything to the role that restores. @default true: owners and privileges are given back */
  readonly access?: boolean;
  /**
   * What to do about others who are connected to the database: `refuse` says who they are; `keep` goes on beside them
   * (into an empty database); `disconnect` ends their sessions when a swap needs it. @default 'refuse'
   */
  readonly sessions?: 'refuse' | 'keep' | 'disconnect';
  /**
   * Commits object by object, so that a restore that is killed goes on where it was, instead of beginning anew. It is
   * done so anyway where one transaction would need more locks than the server has, and for backups in several files.
   * @default false: one transaction
   */
  readonly resumable?: boolean;
  /**
   * Only these tables, with all that belongs to them, into a database that lacks them. Foreign keys, triggers, rules and
   * policies that do not fit what is there are left out and listed. @default everything
   */
  readonly tables?: readonly { readonly schema: string; readonly name: string }[];
  /** Schema that single tables go into. @default their own */
  readonly schema?: string;
  /** Told what differs there, before anything is written. */
  readonly onReport?: (report: RestoreReport) => void;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface RestoreResult {
  readonly manifest: SealedManifest;
  readonly report: RestoreReport;
  /** True when a failure would have left the target as empty as it was. */
  readonly oneTransaction: boolean;
  /** Roles of the source that the target server lacks, and that were not mapped. */
  readonly missingRoles: readonly string[];
  /** What was not restored, in words, each with its reason: owners, privileges, foreign keys of single tables. */
  readonly notRestored: readonly string[];
  /** After a swap: the name under which the former database is kept. */
  readonly kept: string | null;
}
