/** Who came, who is here. A day is the half-open range from its midnight to the next one, which an index serves. */
import { z } from 'zod';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { day, id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { childrenRow } from '../../rows/children.ts';
import { attendanceColumns, attendanceRow } from './attendance.ts';

/**
 * Lists the stays of the days from `from` up to, but not including, `to`, latest check-in first, page by page.
 *
 * @example
 * await listAttendance(db, { from: '2026-01-01', to: '2026-02-01', childId });
 * // SELECT … FROM public.attendance AS stay WHERE stay.date >= $1::date AND stay.date < $2::date
 * // AND stay.child_id = $3 AND TRUE ORDER BY stay.check_in_time DESC, stay.id DESC LIMIT $4
 */
export const listAttendance = defineKeysetQuery({
  name: 'listAttendance',
  input: z.strictObject({ from: day, to: day, childId: id.optional() }),
  row: attendanceRow,
  order: [
    { sql: sql`stay.check_in_time`, type: 'timestamp', direction: 'desc' },
    { sql: sql`stay.id`, type: 'text', direction: 'desc' },
  ],
  limit: { default: 100, most: 500 },
  sql: ({ from, to, childId }, page) => sql`
    SELECT ${attendanceColumns}, ${page.cursor}
    FROM public.attendance AS stay
    WHERE ${sql.and([
      sql`stay.date >= ${sql.date(from)} AND stay.date < ${sql.date(to)}`,
      childId !== undefined && sql`stay.child_id = ${childId}`,
      page.after,
    ])}
    ${page.orderByLimit}`,
  samples: [
    { from: '2026-01-01', to: '2026-02-01' },
    { from: '2026-01-01', to: '2026-02-01', childId: 'c1' },
  ],
});

const childOfStay = childrenRow.pick({
  id: true,
  firstName: true,
  lastName: true,
  ageGroup: true,
  room: true,
  allergies: true,
  foodAllergies: true,
  epiPenRequired: true,
  inhalerRequired: true,
  profilePhotoUrl: true,
});

/**
 * Lists who is here on a day: the open stays with what one must know of the child, by first name.
 */
export const listPresent = defineQuery({
  name: 'listPresent',
  access: 'read',
  input: z.strictObject({ day }),
  row: attendanceRow.extend({ child: pgType.jsonbOf(childOfStay) }),
  rows: 'many',
  sql: (input) => sql`
    SELECT ${attendanceColumns}, jsonb_build_object(
      'id', child.id, 'firstName', child.first_name, 'lastName', child.last_name,
      'ageGroup', child.age_group, 'room', child.room, 'allergies', child.allergies,
      'foodAllergies', child.food_allergies, 'epiPenRequired', child.epi_pen_required,
      'inhalerRequired', child.inhaler_required, 'profilePhotoUrl', child.profile_photo_url
    ) AS child
    FROM public.attendance AS stay
    JOIN public.children AS child ON child.id = stay.child_id
    WHERE stay.date >= ${sql.date(input.day)} AND stay.date < ${sql.date(input.day)} + 1
      AND stay.check_out_time IS NULL
    ORDER BY child.first_name, child.last_name, stay.id`,
  samples: [{ day: '2026-01-31' }],
});
