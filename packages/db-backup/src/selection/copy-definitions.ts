import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackup } from '../create-backup.ts';
import { restoreIntoScratch } from '../restore/into-scratch.ts';
import { openBackup } from '../storage/open-backup.ts';
import { locateBackup } from '../storage/open-storage.ts';

/**
 * Makes the tables of one database, without rows, in another, empty one, by a backup of definitions that is removed
 * afterwards.
 */
export async function copyDefinitions(
  source: {
    readonly connectionString: string;
    readonly binDir?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
  into: string,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tothub-definitions-'));
  try {
    const { connectionString, binDir, signal } = source;
    const common = { ...(binDir !== undefined && { binDir }), ...(signal && { signal }) };
    const { path } = await createBackup({
      ...common,
      connectionString,
      directory,
      schemaOnly: true,
    });
    await restoreIntoScratch(await openBackup(await locateBackup(path), {}), into, common);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
