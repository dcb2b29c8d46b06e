import type { Relation } from '@tothub/db-catalog';
import type { ClientBase, QueryResult } from 'pg';
import { ownRows } from '../plan/select-tables.ts';
import { isRefusal, refusalReason } from './refusal.ts';

/**
 * Keeps others from writing to a table until the commit, then looks whether it is still empty. Returns why the
 * table is to be left alone, if it is. A role without the privilege to lock relies on the advisory lock that
 * every seeder takes.
 */
export async function lockTable(
  session: ClientBase,
  relation: Relation,
  about: { readonly isLockable: boolean; readonly mustBeEmpty: boolean },
): Promise<string | undefined> {
  const rows = ownRows(relation);
  const lock = about.isLockable ? `LOCK TABLE ${rows} IN SHARE ROW EXCLUSIVE MODE` : '';
  try {
    // One round trip. Each statement sees what was committed while the one before it waited.
    const results: unknown = await session.query(
      `SAVEPOINT tothub_lock; ${lock}; SELECT FROM ${rows} LIMIT 1; RELEASE SAVEPOINT tothub_lock`,
    );
    const isFilled = (results as readonly QueryResult[]).some(
      (result) => result.command === 'SELECT' && result.rowCount === 1,
    );
    return isFilled && about.mustBeEmpty
      ? 'a trigger or another session has filled it in the meantime'
      : undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT tothub_lock');
    return refusalReason(error).reason;
  }
}
