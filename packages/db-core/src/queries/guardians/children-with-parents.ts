/** Children together with their parents, in one statement however many there are. */
import { z } from 'zod';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { childColumns, childRow } from '../children/child.ts';

/** A child with its parents. */
export const childWithParentsRow = childRow.extend({
  /** By name; empty for a child without a guardian. */
  parents: pgType.jsonbOf(
    z.array(
      z.object({
        id: z.string(),
        firstName: z.string(),
        lastName: z.string(),
        email: z.string(),
        phone: z.string().nullable(),
        /** Whether the parent may log in. */
        isActive: z.boolean(),
        relationship: z.string().nullable(),
        /** Whether it is the child's primary guardian. */
        isPrimary: z.boolean(),
      }),
    ),
  ),
});

/** A child with its guardians. */
export type ChildWithParents = z.output<typeof childWithParentsRow>;

const parentsOfChild = sql`
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', parent.id, 'firstName', parent.first_name, 'lastName', parent.last_name,
      'email', parent.email, 'phone', parent.phone, 'isActive', parent.is_active IS TRUE,
      'relationship', guardian.relationship,
      'isPrimary', parent.id IS NOT DISTINCT FROM child.parent_id
    ) ORDER BY parent.first_name, parent.last_name, parent.id), '[]')
    FROM public.child_guardians AS guardian
    JOIN public.parents AS parent ON parent.id = guardian.parent_id
    WHERE guardian.child_id = child.id) AS parents`;

/** Finds a child, enrolled or not, with its parents. */
export const getChildWithParents = defineQuery({
  name: 'getChildWithParents',
  access: 'read',
  input: z.strictObject({ id }),
  row: childWithParentsRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${childColumns}, ${parentsOfChild}
    FROM public.children AS child WHERE child.id = ${input.id}`,
  samples: [{ id: 'c1' }],
});

/**
 * Lists the enrolled children by name with their parents, page by page.
 *
 * @example
 * const { items, nextCursor } = await listChildrenWithParents(db, { limit: 20 });
 * // SELECT …, (SELECT coalesce(jsonb_agg(…), '[]') FROM public.child_guardians … ) AS parents
 * // FROM public.children AS child WHERE child.is_active … ORDER BY … LIMIT $1
 */
export const listChildrenWithParents = defineKeysetQuery({
  name: 'listChildrenWithParents',
  input: z.object({}),
  row: childWithParentsRow,
  order: [
    { sql: sql`child.first_name`, type: 'text' },
    { sql: sql`child.last_name`, type: 'text' },
    { sql: sql`child.id`, type: 'text' },
  ],
  sql: (_input, page) => sql`
    SELECT ${childColumns}, ${parentsOfChild}, ${page.cursor}
    FROM public.children AS child
    WHERE child.is_active AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{}],
});
