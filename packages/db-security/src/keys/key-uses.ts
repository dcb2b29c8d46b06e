import { quoteIdent, quoteLiteral, type RelationName } from '@tothub/db-catalog';
import { throwIfAborted, withoutValues } from '../errors.ts';
import {
  readTextRelations,
  type TextRelation,
  type UnsearchedRelation,
} from '../search/text-columns.ts';
import { assertSession, type TransactionalClient, withPinnedSession } from '../session.ts';
import type { KeyChoice } from './change-key-file.ts';
import type { KeyPurpose } from './key-ring.ts';

/** What {@link findKeyUses} is told. */
export interface KeyUseOptions extends KeyChoice {
  /** One session, not a pool. */
  readonly db: TransactionalClient;
  /** Stops between two tables. */
  readonly signal?: AbortSignal | undefined;
}

/** A column with values that only the key can open or check. */
export interface KeyUse extends RelationName {
  readonly column: string;
  readonly rows: number;
}

/** Where a key is in use, and what could not be searched for it. */
export interface KeyUseReport {
  readonly uses: readonly KeyUse[];
  readonly unsearched: readonly UnsearchedRelation[];
}

/** What the stored forms of a purpose hold just before and just after the id of their key. */
const MARKS: Readonly<Record<KeyPurpose, readonly (readonly [string, string])[]>> = {
  encryption: [
    ['enc1:', ':'],
    ['enc1b:', ':'],
  ],
  blindIndex: [
    ['bi1:', ':'],
    ['bis1:', ':'],
  ],
  pepper: [['k=', ',']],
};

/**
 * Counts the values in the whole database, also inside JSON, arrays and longer texts, that name a key: in all user
 * schemas, whatever the tables. Reads every text once, so it takes as long as a dump. `bytea`, large objects, backups
 * and other databases are not looked at.
 *
 * @throws {StatementError} when PostgreSQL refuses a statement.
 * @throws {AbortedError} when the signal fires.
 * @throws {SessionRequiredError} when given a pool.
 *
 * @example
 * ```ts
 * await findKeyUses({ db: client, id: '20250801-a1b2c3' });
 * // SELECT count(*) FILTER (WHERE strpos(t.account_ciphertext::text COLLATE "C", 'enc1:20250801-a1b2c3:') > 0 OR …)::text AS c0
 * // FROM ONLY public.staff AS t
 * ```
 */
export async function findKeyUses(options: KeyUseOptions): Promise<KeyUseReport> {
  const { db, signal } = options;
  assertSession(db);
  return withPinnedSession(db, async () => {
    const uses: KeyUse[] = [];
    const { searched, unsearched } = await readTextRelations(db);
    for (const relation of searched) {
      throwIfAborted(signal);
      uses.push(...(await usesIn(relation, options)));
    }
    return { uses, unsearched };
  });
}

async function usesIn(relation: TextRelation, options: KeyUseOptions): Promise<KeyUse[]> {
  const { db, purpose = 'encryption', id } = options;
  const marks = MARKS[purpose].map(([before, after]) => quoteLiteral(before + id + after));
  const counts = relation.columns.map(({ name }, i) => {
    const text = `t.${quoteIdent(name)}::text COLLATE "C"`;
    const names = marks.map((mark) => `strpos(${text}, ${mark}) > 0`).join(' OR ');
    return `count(*) FILTER (WHERE ${names})::text AS c${i}`;
  });
  try {
    const { rows } = await db.query(`SELECT ${counts.join(', ')} FROM ONLY ${relation.sql} AS t`);
    return relation.columns
      .map(({ name }, i) => ({
        ...relation.relation,
        column: name,
        rows: Number(rows[0][`c${i}`]),
      }))
      .filter((use) => use.rows > 0);
  } catch (error) {
    throw withoutValues(error, `The search of ${relation.sql}`);
  }
}
