/** The people who work here. What they earn is in `staff-payroll.ts`. */
import { z } from 'zod';
import { domainConstraints } from '../../errors.ts';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id, text } from '../../query/input.ts';
import { insertion } from '../../query/insertion.ts';
import { assignments, patch } from '../../query/patch.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { staffMemberColumns, staffMemberRow } from './staff-member.ts';

const required = {
  firstName: filledText(200),
  lastName: filledText(200),
  position: filledText(200),
};

const optional = {
  email: text.min(1).max(500).nullable(),
  phone: text.max(100).nullable(),
};

const columnOf = {
  firstName: 'first_name',
  lastName: 'last_name',
  position: 'position',
  email: 'email',
  phone: 'phone',
  isActive: 'is_active',
} as const;

/** Finds a member of staff by its id, active or not. */
export const getStaff = defineQuery({
  name: 'getStaff',
  access: 'read',
  input: z.strictObject({ id }),
  row: staffMemberRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${staffMemberColumns} FROM public.staff AS staff WHERE staff.id = ${input.id}`,
  samples: [{ id: 's1' }],
});

/** Lists the active staff by name, page by page. How many there are says `countActiveStaff`. */
export const listActiveStaff = defineKeysetQuery({
  name: 'listActiveStaff',
  input: z.object({}),
  row: staffMemberRow,
  order: [
    { sql: sql`staff.first_name`, type: 'text' },
    { sql: sql`staff.last_name`, type: 'text' },
    { sql: sql`staff.id`, type: 'text' },
  ],
  sql: (_input, page) => sql`
    SELECT ${staffMemberColumns}, ${page.cursor}
    FROM public.staff AS staff
    WHERE staff.is_active AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{}],
});

/** Counts the active staff: the length of the list of `listActiveStaff`. */
export const countActiveStaff = defineQuery({
  name: 'countActiveStaff',
  access: 'read',
  input: z.object({}),
  row: z.object({ count: pgType.int4 }),
  rows: 'one',
  sql: () => sql`SELECT count(*)::int AS count FROM public.staff AS staff WHERE staff.is_active`,
  samples: [{}],
});

/**
 * Enters a member of staff as active.
 *
 * @throws EmailTakenError
 */
export const createStaff = defineQuery({
  name: 'createStaff',
  access: 'write',
  input: z.strictObject(optional).partial().extend(required),
  row: staffMemberRow,
  rows: 'one',
  sql: (input) => sql`
    INSERT INTO public.staff AS staff ${insertion(columnOf, input)}
    RETURNING ${staffMemberColumns}`,
  constraints: domainConstraints,
  samples: [
    { firstName: 'Ada', lastName: 'Moss', position: 'Lead Teacher', email: 'a@example.org' },
  ],
});

/**
 * Changes a member of staff; `isActive: false` is how one leaves. Keys that are absent stay as they are, null clears.
 *
 * @throws NotFoundError
 * @throws EmailTakenError
 */
export const updateStaff = defineQuery({
  name: 'updateStaff',
  access: 'write',
  input: z.strictObject({ id, patch: patch({ ...required, ...optional, isActive: z.boolean() }) }),
  row: staffMemberRow,
  rows: 'one',
  sql: (input) => sql`
    UPDATE public.staff AS staff SET ${assignments(columnOf, input.patch)}
    WHERE staff.id = ${input.id}
    RETURNING ${staffMemberColumns}`,
  constraints: domainConstraints,
  samples: [
    { id: 's1', patch: { position: 'Director', email: null } },
    { id: 's1', patch: { isActive: false } },
  ],
});
