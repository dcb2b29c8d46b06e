import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { TransactionUsageError } from '../errors.ts';
import { type Isolation, isTransaction, type Transaction } from '../transaction/transaction.ts';
import { executor } from './database.ts';

/** What begins or ends a transaction, or a savepoint. */
const CONTROL =
  /^\s*(begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i;

/**
 * A client of `pg` over a transaction, for a library such as Drizzle to take part in it. It has `query`, with promises;
 * rows, types and errors are those of `pg`. The transaction begins and ends where `withTransaction` says, so a
 * transaction of the library's own is refused in it.
 *
 * @throws TransactionUsageError (from `query`) for BEGIN, COMMIT, ROLLBACK and SAVEPOINT
 *
 * @example
 * await withTransaction(db, {}, async (tx) => {
 *   const child = await createChild(tx, input);
 *   await drizzle({ client: shareTransaction(tx) }).insert(rooms).values({ childId: child.id });
 * });
 */
export function shareTransaction(tx: Transaction<Isolation, 'read' | 'write'>): PoolClient {
  if (!isTransaction(tx)) {
    throw new TransactionUsageError('This is no transaction. For a database there is sharePool.');
  }
  return new SharedTransaction(tx) as unknown as PoolClient;
}

class SharedTransaction {
  readonly #tx: Transaction<Isolation, 'read' | 'write'>;

  constructor(tx: Transaction<Isolation, 'read' | 'write'>) {
    this.#tx = tx;
  }

  async query(query: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult> {
    const text = typeof query === 'string' ? query : query.text;
    if (CONTROL.test(text)) {
      throw new TransactionUsageError(
        'A library tried to begin or to end a transaction inside of one. Call withTransaction on the transaction for a savepoint.',
      );
    }
    return this.#tx[executor].withSession((session) =>
      session.usePgClient((client) =>
        values === undefined ? client.query(query) : client.query(query, [...values]),
      ),
    );
  }
  /** The transaction gives its connection back by itself. */
  release(): void {}
}
