import { listBackups } from '@tothub/db-backup';
import { databaseIdentity, describeDatabase } from '../../database/identity.ts';
import type { Check } from '../check.ts';

/** There is a backup of this database that was restored and compared. */
export const verifiedBackup: Check = {
  name: 'verified backup',
  async run({ url, backupDirectory, backupKeys: { trustedKeys }, signal }) {
    const identity = await describeDatabase(url);
    const ours = (
      await listBackups(backupDirectory, { signal, ...(trustedKeys && { trustedKeys }) })
    ).filter(({ manifest }) => {
      if (!manifest) return false;
      const { systemIdentifier, oid, name } = manifest.database;
      return databaseIdentity(systemIdentifier, oid, name) === identity;
    });
    const proven = ours.find(({ state }) => state === 'verified');
    if (proven) return { status: 'passed', detail: proven.name };
    return {
      status: 'failed',
      detail: `none of ${ours.length} of this database in ${backupDirectory}; tothub-db backup create and verify make one`,
    };
  },
};
