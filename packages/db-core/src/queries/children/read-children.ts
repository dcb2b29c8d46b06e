/** Who the children are, and which of them are enrolled. */
import { z } from 'zod';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { childColumns, childRow } from './child.ts';

/** Finds a child by its id, enrolled or not. */
export const getChild = defineQuery({
  name: 'getChild',
  access: 'read',
  input: z.strictObject({ id }),
  row: childRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${childColumns} FROM public.children AS child WHERE child.id = ${input.id}`,
  samples: [{ id: 'c1' }],
});

/**
 * Lists the enrolled children by name, page by page. How many there are says `countActiveChildren`.
 *
 * @example
 * await listActiveChildren(db, { limit: 20 });
 * // SELECT … FROM public.children AS child WHERE child.is_active AND TRUE
 * // ORDER BY child.first_name, child.last_name, child.id LIMIT $1
 */
export const listActiveChildren = defineKeysetQuery({
  name: 'listActiveChildren',
  input: z.object({}),
  row: childRow,
  order: [
    { sql: sql`child.first_name`, type: 'text' },
    { sql: sql`child.last_name`, type: 'text' },
    { sql: sql`child.id`, type: 'text' },
  ],
  sql: (_input, page) => sql`
    SELECT ${childColumns}, ${page.cursor}
    FROM public.children AS child
    WHERE child.is_active AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{}],
});

/** Counts the enrolled children: the length of the list of `listActiveChildren`. */
export const countActiveChildren = defineQuery({
  name: 'countActiveChildren',
  access: 'read',
  input: z.object({}),
  row: z.object({ count: pgType.int4 }),
  rows: 'one',
  sql: () => sql`SELECT count(*)::int AS count FROM public.children AS child WHERE child.is_active`,
  samples: [{}],
});

/** Counts the enrolled children of each age group, or of each room, in the order of these. None without a child. */
export const countChildrenBy = defineQuery({
  name: 'countChildrenBy',
  access: 'read',
  input: z.strictObject({ by: z.enum(['age_group', 'room']) }),
  row: z.object({ key: pgType.text, count: pgType.int4 }),
  rows: 'many',
  sql: ({ by }) => {
    const column = by === 'room' ? sql`child.room` : sql`child.age_group`;
    return sql`
      SELECT ${column}::text AS key, count(*)::int AS count
      FROM public.children AS child
      WHERE child.is_active
      GROUP BY ${column} ORDER BY ${column}`;
  },
  samples: [{ by: 'age_group' }, { by: 'room' }],
});
