/** Who is a guardian of whom. The server keeps the arrays of older code in step with these links. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { childColumns, childRow } from '../children/child.ts';

/** Lists the children of a parent by first name, those included that are not enrolled any more. */
export const listChildrenOfParent = defineQuery({
  name: 'listChildrenOfParent',
  access: 'read',
  input: z.strictObject({ parentId: id }),
  row: childRow,
  rows: 'many',
  sql: ({ parentId }) => sql`
    SELECT ${childColumns}
    FROM public.child_guardians AS guardian
    JOIN public.children AS child ON child.id = guardian.child_id
    WHERE guardian.parent_id = ${parentId}
    ORDER BY child.first_name, child.last_name, child.id`,
  samples: [{ parentId: 'p1' }],
});

/**
 * Makes a parent a guardian of a child. A link that is there already stays as it is.
 *
 * @returns how many links were made: 1, or 0 for one that was there
 * @throws ForeignKeyViolationError where there is no such parent or child
 *
 * @example
 * await linkGuardian(db, { parentId, childId, relationship: 'mother' });
 * // INSERT INTO public.child_guardians (parent_id, child_id, relationship)
 * // VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
 */
export const linkGuardian = defineQuery({
  name: 'linkGuardian',
  access: 'write',
  input: z.strictObject({
    parentId: id,
    childId: id,
    /** Such as mother or grandfather. */
    relationship: filledText(200).nullish(),
  }),
  row: null,
  rows: 'none',
  sql: ({ parentId, childId, relationship }) => sql`
    INSERT INTO public.child_guardians (parent_id, child_id, relationship)
    VALUES (${parentId}, ${childId}, ${relationship ?? null})
    ON CONFLICT DO NOTHING`,
  samples: [{ parentId: 'p1', childId: 'c1', relationship: 'mother' }],
});

/**
 * Ends that a parent is a guardian of a child; where it was the primary one, the child has none until one is named.
 *
 * @returns how many links were removed: 1, or 0 where there was none
 */
export const unlinkGuardian = defineQuery({
  name: 'unlinkGuardian',
  access: 'write',
  input: z.strictObject({ parentId: id, childId: id }),
  row: null,
  rows: 'none',
  sql: ({ parentId, childId }) => sql`
    DELETE FROM public.child_guardians AS guardian
    WHERE guardian.parent_id = ${parentId} AND guardian.child_id = ${childId}`,
  samples: [{ parentId: 'p1', childId: 'c1' }],
});
