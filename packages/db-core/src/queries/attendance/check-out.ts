import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { NotFoundError } from '../../errors.ts';
import { defineQuery, type InputOf } from '../../query/define-query.ts';
import { filledText, id, instant, text } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { type Attendance, attendanceColumns, attendanceRow } from './attendance.ts';
import { AlreadyCheckedOutError, CheckOutBeforeCheckInError } from './errors.ts';

/** Finds a stay by its id. */
export const getAttendance = defineQuery({
  name: 'getAttendance',
  access: 'read',
  input: z.strictObject({ id }),
  row: attendanceRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${attendanceColumns} FROM public.attendance AS stay WHERE stay.id = ${input.id}`,
  samples: [{ id: 'a1' }],
});

/** Ends an open stay; null where there is none of that id, or `at` lies before it. */
export const closeAttendance = defineQuery({
  name: 'closeAttendance',
  access: 'write',
  input: z.strictObject({
    id,
    /** Name of the person who fetches the child, as typed. */
    by: filledText(200),
    at: instant,
    photoUrl: text.max(2000).nullish(),
  }),
  row: attendanceRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    UPDATE public.attendance AS stay
    SET check_out_time = ${sql.timestamp(input.at)}, checked_out_by = ${input.by},
      check_out_photo_url = ${input.photoUrl ?? null}
    WHERE stay.id = ${input.id} AND stay.check_out_time IS NULL
      AND stay.check_in_time <= ${sql.timestamp(input.at)}
    RETURNING ${attendanceColumns}`,
  samples: [{ id: 'a1', by: 'Grace', at: new Date('2026-01-31T16:00:00Z') }],
});

/**
 * Checks a child out. A stay that is closed stays as it is.
 *
 * @throws AlreadyCheckedOutError
 * @throws CheckOutBeforeCheckInError
 * @throws NotFoundError
 *
 * @example
 * await checkOut(db, { id: stay.id, by: 'Grace Moss', at: new Date() });
 * // UPDATE public.attendance AS stay SET check_out_time = $1::timestamp, …
 * // WHERE stay.id = $4 AND stay.check_out_time IS NULL … RETURNING …
 */
export async function checkOut(
  db: WriteDatabase,
  input: InputOf<typeof closeAttendance>,
): Promise<Attendance> {
  const closed = await closeAttendance(db, input);
  if (closed !== null) return closed;
  const stay = await getAttendance(db, { id: input.id });
  if (stay === null) throw new NotFoundError('checkOut found no stay of that id.');
  throw stay.checkOutTime === null
    ? new CheckOutBeforeCheckInError()
    : new AlreadyCheckedOutError();
}
