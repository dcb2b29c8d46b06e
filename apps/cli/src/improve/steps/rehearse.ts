import { restoreBackup, withScratchDatabase } from '@tothub/db-backup';
import { refusal } from '../../exit.ts';
import { faultText } from '../../fault-text.ts';
import { auditTables } from '../../project/audit.ts';
import type { ImproveContext, Step } from '../step.ts';
import { applyMigrations, migrate, migratorOf } from './migrate.ts';
import { backupOfRun } from './take-backup.ts';

const step = 'rehearsal';

/** A copy has nothing to lose, so no destructive step has to show a backup. */
const openGate = { check: async () => ({ ok: true as const, receipt: 'a copy' }) };

/** What the migrations have begun cannot be rehearsed from the start any more, and was rehearsed before that. */
const isRehearsed = ({ journal }: ImproveContext): boolean =>
  journal.unfinished?.steps.some(({ name, status }) => name === step && status === 'passed') ===
  true;

/** Whether the fault says something about the database, and not about the network or the moment. */
const isMisfit = (error: unknown, signal: AbortSignal): boolean =>
  !signal.aborted && (error as { isRetryable?: unknown }).isRetryable !== true;

async function rehearseOn(copy: string, context: ImproveContext, backup: string): Promise<void> {
  const { project, backupKeys, signal } = context;
  await restoreBackup(backup, { ...backupKeys, into: copy, signal });
  const onCopy = { ...context, url: copy };
  try {
    await applyMigrations(migratorOf(onCopy, { backupGate: openGate }), onCopy);
    await auditTables(copy, project);
  } catch (cause) {
    if (!isMisfit(cause, signal)) throw cause;
    await context.journal.discard();
    throw refusal(
      'TOTHUB_REHEARSAL_FAILED',
      'The improvement was tried on a copy of this database, and failed there. Nothing was changed.',
      {
        hint: 'Something beside the legacy schema is in the way, as a rule: rename or move it, then run the same command again.',
        details: [faultText(cause)],
        cause,
      },
    );
  }
}

/** Migrations and audit triggers on a copy made from the backup: what cannot end well never begins. */
export const rehearse: Step = {
  name: step,
  async pending(context) {
    if (isRehearsed(context)) return null;
    return (await migrate.pending(context)) === null ? null : 'try the migrations on a copy';
  },
  async run(context) {
    const backup = backupOfRun(context);
    if (isRehearsed(context)) return { status: 'passed', summary: 'done before', evidence: null };
    if (!backup || (await this.pending(context)) === null)
      return { status: 'skipped', summary: 'no migration is pending', evidence: null };
    await withScratchDatabase(context.url, (copy) => rehearseOn(copy, context, backup.path), {
      signal: context.signal,
    });
    return { status: 'passed', summary: 'the migrations fit a copy', evidence: null };
  },
};
