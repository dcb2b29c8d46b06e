import type pg from 'pg';

const ITEMS_PER_SAVEPOINT = 100;

/**
 * Runs `work` for each item inside the transaction of a session, and now and then gives back the locks that
 * this took: a query locks every index of its table, and the server's lock table is finite. Locks
 * from before stay. Manual, "SAVEPOINT" and "Explicit Locking".
 */
export async function eachReleasingLocks<T>(
  client: pg.Client,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  await client.query('SAVEPOINT tothub_locks');
  for (const [index, item] of items.entries()) {
    await work(item);
    if ((index + 1) % ITEMS_PER_SAVEPOINT === 0) {
      await client.query('ROLLBACK TO SAVEPOINT tothub_locks');
    }
  }
  await client.query('ROLLBACK TO SAVEPOINT tothub_locks');
}
