import { existsSync } from 'node:fs';
import { createBackup, inspectBackup, isS3Address, verifyBackup } from '@tothub/db-backup';
import { refusal } from '../../exit.ts';
import type { ImproveContext, Step } from '../step.ts';

export interface BackupEvidence {
  readonly path: string;
  readonly tables: number;
  readonly rows: number;
  readonly engine: string;
  readonly checks: readonly { name: string; status: string; detail: string }[];
}

const step = 'backup';

/** The backup that the run in hand began with, if it has got so far and the files are still there. */
export function backupOfRun({ journal }: ImproveContext): BackupEvidence | undefined {
  if (!journal.unfinished) return undefined;
  const evidence = journal.evidence<BackupEvidence>(step);
  // What lies in a bucket is looked at where it is needed.
  return evidence && (isS3Address(evidence.path) || existsSync(evidence.path))
    ? evidence
    : undefined;
}

/** Whether a backup is still what its proof was about. */
async function isStillProven(
  path: string,
  { backupKeys: { trustedKeys }, signal }: ImproveContext,
): Promise<boolean> {
  const backup = await inspectBackup(path, { signal, ...(trustedKeys && { trustedKeys }) });
  return backup?.state === 'verified';
}

/** A dump of the state before the first change, proven by restoring it. */
export const takeBackup: Step = {
  name: step,
  async pending(context) {
    return backupOfRun(context) ? null : 'take one and prove it by restoring it';
  },
  async run(context, output) {
    const earlier = backupOfRun(context);
    if (earlier && (await isStillProven(earlier.path, context)))
      return { status: 'passed', summary: `kept from before: ${earlier.path}`, evidence: earlier };
    const { url, backupDirectory, backupKeys, signal } = context;
    const { path, manifest } = await createBackup({
      ...backupKeys,
      connectionString: url,
      directory: backupDirectory,
      signal,
      onProgress: (event) => output.progress(`dump: ${event.phase} ${event.table ?? ''}`),
    });
    const { ok, checks } = await verifyBackup(path, {
      ...backupKeys,
      connectionString: url,
      signal,
      onProgress: (event) => output.progress(`verify: ${event.phase} ${event.table ?? ''}`),
    });
    if (!ok)
      throw refusal('TOTHUB_BACKUP_NOT_PROVEN', `The backup ${path} did not stand its proof.`, {
        hint: 'Nothing was changed. Look at the failed checks, then run the same command again.',
        details: checks
          .filter(({ status }) => status === 'failed')
          .map((c) => `${c.name}: ${c.detail}`),
      });
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    const evidence: BackupEvidence = {
      path,
      tables: manifest.tables.length,
      rows,
      engine: `${manifest.engine.name} pg_dump ${manifest.engine.version}`,
      checks,
    };
    const summary = `${rows} rows of ${manifest.tables.length} tables, restored and compared`;
    const isLate =
      context.journal.unfinished !== undefined && context.journal.evidence(step) !== undefined;
    return {
      status: 'passed',
      // What the run changed before it was stopped is in this backup already.
      summary: isLate
        ? `${summary}; the backup that this run began with is gone or damaged, so what came before this one is not compared`
        : summary,
      evidence,
    };
  },
};
