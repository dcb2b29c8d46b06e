import pg from 'pg';
import { expect } from 'vitest';
import { rows } from './migrated-fixture.ts';

/** Holds a table, so that whoever reads it waits. */
export interface TableLock extends AsyncDisposable {
  /** Waits until that many others wait for a lock in this database. */
  expectWaiting(count: number): Promise<void>;
}

/** Locks a table until disposed of. */
export async function lockTable(url: string, table: string): Promise<TableLock> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${table}`);
  return {
    async expectWaiting(count) {
      // Not in the transaction that locks: there, activity stays what it was at the first look.
      const waiting = () =>
        rows(
          url,
          `SELECT FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
      await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(count);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
