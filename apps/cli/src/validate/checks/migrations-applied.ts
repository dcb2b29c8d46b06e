import { createMigrator } from '@tothub/db-migrate';
import type { Check } from '../check.ts';

/** Every migration file is applied, unedited and in order. */
export const migrationsApplied: Check = {
  name: 'migrations applied',
  async run({ url, project }) {
    const migrator = createMigrator({ connectionString: url, directory: project.directory });
    const status = await migrator.status();
    const open = status.filter(({ state }) => state !== 'applied' && state !== 'baselined');
    const { problems } = await migrator.verify();
    const pending = open.filter(({ state }) => state === 'pending');
    const items = [
      ...pending.map(({ version, name }) => `${version} ${name} is pending`),
      ...problems.map(({ message }) => message),
    ];
    return {
      status: items.length === 0 ? 'passed' : 'failed',
      detail: `${status.length - open.length} of ${status.length} applied`,
      items,
    };
  },
};
