import type { ProgressEvent } from '@tothub/db-backup';
import { formatBytes } from './format.ts';

/** What a backup, a restore or a verification is doing, in one line: phase, table, tables and bytes. */
export function backupProgress(event: ProgressEvent): string {
  const { phase, table, doneTables, totalTables, doneBytes, totalBytes } = event;
  const parts: string[] = [phase];
  if (table !== undefined) parts.push(table);
  if (doneTables !== undefined && totalTables !== undefined)
    parts.push(`${doneTables} of ${totalTables} tables`);
  if (doneBytes !== undefined)
    parts.push(
      totalBytes === undefined
        ? formatBytes(doneBytes)
        : `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    );
  return parts.join('  ');
}
