import type { KeyRing } from '@tothub/db-security';
import type { OpenedBackupKeys } from '../project/backup-keys.ts';
import type { Project } from '../project/load-project.ts';
import type { StepOutput } from '../terminal/output.ts';
import type { Journal } from './journal.ts';

/** What every step of an improvement may use. */
export interface ImproveContext {
  readonly url: string;
  readonly project: Project;
  /** Where the report, the documents and the journal go. */
  readonly directory: string;
  readonly backupDirectory: string;
  /** Encrypt, open, sign and trust backups. */
  readonly backupKeys: OpenedBackupKeys;
  readonly keyRing: KeyRing | undefined;
  readonly legacyCipherKey: string | undefined;
  /** Also empty the old values of secrets. */
  readonly contract: boolean;
  readonly sampleData: boolean;
  /** The application writes meanwhile: values that differ are counted, not failed. */
  readonly concurrentWrites: boolean;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

interface StepResult {
  readonly status: 'passed' | 'skipped';
  /** One line for people. */
  readonly summary: string;
  /** What the step can show for it, for programs. */
  readonly evidence: unknown;
}

/** One gate of the flow. */
export interface Step {
  readonly name: string;
  /** While it has work to do, what comes after it cannot be foreseen. */
  readonly changesSchema?: true;
  /** What it will do, as far as can be said before the schema is changed. */
  outlook?(context: ImproveContext): string | null;
  /** What is left to do, in a few words; null when there is nothing. Reads only. */
  pending(context: ImproveContext): Promise<string | null>;
  /** Does it. Must be safe to run again after it was killed anywhere. */
  run(context: ImproveContext, output: StepOutput): Promise<StepResult>;
}
