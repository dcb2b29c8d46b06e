import { listBackups } from '@tothub/db-backup';
import { databaseName } from '../../database/connection-url.ts';
import type { Check } from '../check.ts';

/** There is a backup of this database that was restored and compared. */
export const verifiedBackup: Check = {
  name: 'verified backup',
  async run({ url, backupDirectory }) {
    const backups = (await listBackups(backupDirectory)).filter(
      ({ database }) => database === databaseName(url),
    );
    const proven = backups.filter(({ state }) => state === 'verified').at(0);
    if (proven) return { status: 'passed', detail: proven.path };
    return {
      status: 'failed',
      detail: `none of ${backups.length} in ${backupDirectory}; tothub-db backup create and verify make one`,
    };
  },
};
