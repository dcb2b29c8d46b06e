import type { BackupGate } from './backup-gate.ts';
import { BackupRequiredError } from './errors.ts';
import type { PreparedJob } from './prepare-job.ts';

/**
 * Asks the gate about every destructive script of a run, before the first of them changes anything. Returns the
 * receipts by version.
 *
 * @throws BackupRequiredError without a gate or with the gate's reason.
 */
export async function askBackupGate(
  gate: BackupGate | undefined,
  jobs: readonly PreparedJob[],
): Promise<ReadonlyMap<string, string>> {
  const receipts = new Map<string, string>();
  for (const { version, script } of jobs) {
    if (script.destructive.length === 0) continue;
    if (!gate) {
      throw new BackupRequiredError(
        script.file,
        script.destructive,
        'no backup gate was given that could vouch for a backup.',
      );
    }
    const answer = await gate.check(script.destructive);
    if (!answer.ok) {
      throw new BackupRequiredError(
        script.file,
        script.destructive,
        `the backup gate refused: ${answer.reason}.`,
      );
    }
    receipts.set(version, answer.receipt);
  }
  return receipts;
}
