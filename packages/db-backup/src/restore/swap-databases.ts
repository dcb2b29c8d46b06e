/**
 * Exchanges two databases by renaming both in one transaction: at no moment is there no database of the name, nor two
 * states of it. PostgreSQL renames no database that anybody is connected to; while the transaction is open, nobody new
 * can connect either, since a new session waits for the same lock (manual, "ALTER DATABASE").
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { quoteIdent } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from '../connection/connect.ts';
import { errorCode, messageOf, RestoreFailedError, TargetInUseError } from '../errors.ts';
import { endSessionsIn, sessionsIn } from './sessions.ts';

const END_SESSIONS_EVERY_MS = 150;

export interface SwapOptions {
  /** A database of the same server that is neither of the two. */
  readonly maintenance: string;
  /** True to end the sessions in the way. */
  readonly disconnect: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Renames databases, one after the other, and runs what else belongs to it, all in one transaction.
 *
 * @throws TargetInUseError when somebody is connected and may not be disconnected; then nothing was renamed
 * @throws RestoreFailedError when the server refuses; then nothing was renamed
 * @example
 * ```sql
 * BEGIN; ALTER DATABASE app RENAME TO app_before_20260101T000000Z;
 * ALTER DATABASE tothub_restore_… RENAME TO app; COMMENT ON DATABASE …; COMMIT
 * ```
 */
export async function renameDatabases(
  renames: readonly { readonly from: string; readonly to: string }[],
  more: readonly string[],
  options: SwapOptions,
): Promise<void> {
  const names = renames.map(({ from }) => from);
  await withConnection(options.maintenance, options.signal, async (client) => {
    const inTheWay = async (): Promise<string[]> =>
      (await Promise.all(names.map((name) => sessionsIn(client, name)))).flat();
    if (!options.disconnect) {
      const sessions = await inTheWay();
      if (sessions.length > 0) throw new TargetInUseError(names[0] ?? '', sessions);
    }
    const stop = new AbortController();
    const ending = options.disconnect
      ? keepEnding(options.maintenance, names, stop.signal)
      : undefined;
    try {
      await client.query('BEGIN');
      for (const { from, to } of renames)
        await client.query(`ALTER DATABASE ${quoteIdent(from)} RENAME TO ${quoteIdent(to)}`);
      for (const statement of more) await client.query(statement);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if (errorCode(error) === '55006')
        throw new TargetInUseError(names[0] ?? '', await inTheWay(), { cause: error });
      throw new RestoreFailedError(
        `The databases could not be renamed: ${messageOf(error)}. None of them was; mend the cause (the role must own both and have CREATEDB) and run the same command again.`,
        { cause: error },
      );
    } finally {
      stop.abort();
      await ending;
    }
  });
}

/** A session that was ended may come back until the lock is held: ended again and again from another session. */
async function keepEnding(
  maintenance: string,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await withConnection(maintenance, undefined, async (client: pg.Client) => {
    while (!signal.aborted) {
      for (const database of databases) await endSessionsIn(client, database);
      await sleep(END_SESSIONS_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }).catch(() => undefined);
}
