import type { Catalog } from '@tothub/db-catalog';
import type { KeyRing } from '@tothub/db-security';
import type { OpenedBackupKeys } from '../project/backup-keys.ts';
import type { Project } from '../project/load-project.ts';

/** What the checklist is about. */
export interface ValidateContext {
  readonly url: string;
  readonly project: Project;
  /** File of the documentation that must match. */
  readonly document: string;
  readonly backupDirectory: string;
  /** What opens backups, and whose signature they must bear. */
  readonly backupKeys: OpenedBackupKeys;
  readonly keyRing: KeyRing | undefined;
  /** The backup that the values are compared with; a text says why they are not. */
  readonly compareWith: { readonly backup: string } | { readonly skipped: string };
  readonly concurrentWrites: boolean;
  readonly signal: AbortSignal;
}

/** What a check may look at. */
export interface CheckContext extends ValidateContext {
  /** The catalog that all checks share, read when the first one asks. */
  catalog(): Promise<Catalog>;
}

export interface CheckResult {
  readonly status: 'passed' | 'failed' | 'skipped';
  /** One line for people. */
  readonly detail: string;
  /** More lines: which objects failed. */
  readonly items?: readonly string[];
}

/** One line of the checklist. Reads only. */
export interface Check {
  readonly name: string;
  run(context: CheckContext): Promise<CheckResult>;
}
