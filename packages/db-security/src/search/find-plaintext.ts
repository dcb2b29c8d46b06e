import type { RelationName } from '@tothub/db-catalog';
import { throwIfAborted, withoutValues } from '../errors.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { SecretProgress } from '../progress.ts';
import type { SecretTreatment } from '../secrets/treatment.ts';
import {
  assertSession,
  inTransaction,
  type TransactionalClient,
  withPinnedSession,
} from '../session.ts';
import { findHits } from './read-texts.ts';
import { collectSearchedValues } from './searched-values.ts';
import { readTextRelations, type TextRelation, type UnsearchedRelation } from './text-columns.ts';
import { createSearcher } from './value-searcher.ts';

/** What {@link findPlaintext} is told. */
export interface FindPlaintextOptions {
  /** One session, not a pool and not inside a transaction. */
  readonly db: TransactionalClient;
  readonly treatments: readonly SecretTreatment[];
  readonly keyRing: KeyRing;
  /** Where contraction put the old values. Without it only what stands in ciphertext columns is searched for. */
  readonly quarantine?: RelationName | undefined;
  readonly onProgress?: ((progress: SecretProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A column in which searched values occur, and in how many rows. */
export interface PlaintextPlace extends RelationName {
  readonly column: string;
  readonly rows: number;
}

/** Where known secrets still stand in the clear. */
export interface PlaintextReport {
  /** Distinct values that were searched for, counting each way of writing them. */
  readonly searchedCount: number;
  /** Values of fewer than 6 characters, and plain words: they would be found by chance. */
  readonly notSearchedCount: number;
  readonly places: readonly PlaintextPlace[];
  /** Foreign tables, and tables that may not be read. */
  readonly unsearched: readonly UnsearchedRelation[];
}

/**
 * Searches every text, JSON and array column of every table and materialised view for the secrets that were expanded
 * or contracted: decrypted here, compared here, never sent to the server. One read-only snapshot, memory bounded.
 * Does not see large objects, bytes, server logs, WAL or backups.
 *
 * @throws {StatementError} when PostgreSQL refuses, as for a table under row-level security.
 * @throws {AbortedError} when the signal fires.
 * @throws {SessionRequiredError} when given a pool.
 *
 * @example
 * ```ts
 * await findPlaintext({ db: client, treatments, keyRing, quarantine });
 * // { searchedCount: 42, places: [{ schema: 'public', name: 'log', column: 'message', rows: 3 }], … }
 * ```
 */
export async function findPlaintext(options: FindPlaintextOptions): Promise<PlaintextReport> {
  const { db, signal, onProgress } = options;
  assertSession(db);
  const search = async (): Promise<PlaintextReport> => {
    const { values, notSearchedCount } = await collectSearchedValues(options);
    const { searched, unsearched } = await readTextRelations(db);
    const places: PlaintextPlace[] = [];
    const searcher = createSearcher(values.values());
    for (const [position, relation] of (values.size === 0 ? [] : searched).entries()) {
      throwIfAborted(signal);
      onProgress?.({ phase: 'search', what: nameOf(relation), position, count: searched.length });
      const counts = new Map<string, number>();
      for await (const { columns } of findHits(db, relation, searcher, signal)) {
        for (const { name } of columns) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      for (const [column, rows] of counts) places.push({ ...relation.relation, column, rows });
    }
    return { searchedCount: values.size, notSearchedCount, places, unsearched };
  };
  try {
    return await withPinnedSession(db, () =>
      inTransaction(db, search, 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY'),
    );
  } catch (error) {
    throw withoutValues(error, 'The search for plaintext');
  }
}

/** A relation's name for people. */
export function nameOf({ relation }: TextRelation): string {
  return `${relation.schema}.${relation.name}`;
}
