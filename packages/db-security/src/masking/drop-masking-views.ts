import { type Queryable, qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { TreatmentError, withoutValues } from '../errors.ts';
import { givingWay } from '../giving-way.ts';
import { markOf } from './plan-views.ts';
import { readViews } from './read-maskable.ts';

/** Which views {@link dropMaskingViews} drops. */
export interface DropMaskingOptions {
  readonly db: Queryable;
  readonly schema: string;
  /** Names of views. @default all masking views of the schema */
  readonly only?: readonly string[] | undefined;
}

/**
 * Drops masking views, all at once, and nothing that is not one. The schema stays, and the salt of its hashes, so that
 * views made again give the same digests. Gives the views that were dropped.
 *
 * @throws {TreatmentError} when other objects depend on one of them.
 * @throws {StatementError} when PostgreSQL refuses.
 *
 * @example
 * ```ts
 * await dropMaskingViews({ db, schema: 'masked' });
 * // DROP VIEW IF EXISTS masked.parents, masked.staff
 * ```
 */
export async function dropMaskingViews(options: DropMaskingOptions): Promise<RelationName[]> {
  const { db, schema, only } = options;
  const doing = `Dropping the masking views in ${quoteIdent(schema)}`;
  try {
    const views = (await readViews(db, schema))
      .filter((view) => markOf(view) !== undefined && (only?.includes(view.name) ?? true))
      .map(({ name }) => ({ schema, name }));
    if (views.length > 0) {
      const names = views.map((view) => qualifiedName(view)).join(', ');
      await givingWay(() => db.query(`DROP VIEW IF EXISTS ${names}`));
    }
    return views;
  } catch (error) {
    if ((error as { code?: unknown }).code !== '2BP01') throw withoutValues(error, doing);
    throw new TreatmentError(
      `${doing} was refused: other objects depend on them. Drop those first.`,
      {
        cause: withoutValues(error, doing),
      },
    );
  }
}
