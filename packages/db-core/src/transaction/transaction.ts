import { executor, type ReadDatabase } from '../database/database.ts';
import { Scope } from './scope.ts';

/** How far transactions beside each other are kept apart; `read uncommitted` is the same as `read committed`. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

/** Which isolation holds what another one promises. */
export const STRENGTH: Readonly<Record<Isolation, number>> = {
  'read committed': 0,
  'repeatable read': 1,
  serializable: 2,
};

/**
 * A transaction, or a savepoint in one. Reads and writes take it in place of a database. Its isolation is part of its
 * type, so a function can ask for a `Transaction<'serializable'>`; a read-only one is a `ReadDatabase` only.
 */
export interface Transaction<
  I extends Isolation = 'read committed',
  A extends 'read' | 'write' = 'write',
> extends ReadDatabase {
  readonly access: A;
  /** What was asked for. A nested transaction may run in an outer one that is isolated more strictly. */
  readonly isolation: I;
  /**
   * Has `hook` run once the outermost transaction is committed, in order, and never when this one is rolled back. An
   * error of a hook is reported and undoes nothing.
   */
  afterCommit(hook: () => unknown): void;
}

/** Whether a database is a transaction. */
export function isTransaction(
  db: ReadDatabase,
): db is Transaction<Isolation, 'read'> | Transaction<Isolation, 'write'> {
  return db[executor] instanceof Scope;
}
