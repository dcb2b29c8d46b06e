import { expect } from 'vitest';
import { execute } from './databases.ts';

/** Waits until nobody but who asks is connected to a database. */
export async function untilAlone(url: string): Promise<void> {
  await expect
    .poll(() =>
      execute(
        url,
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
      ),
    )
    .toEqual([{ n: 0 }]);
}
