import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { AlreadyCheckedInError } from '../../errors.ts';
import { defineQuery, type InputOf } from '../../query/define-query.ts';
import { day, filledText, id, instant, text } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { attendanceBiometricMethod } from '../../rows/values.ts';
import { type Attendance, attendanceColumns, attendanceRow } from './attendance.ts';

/**
 * Opens a stay; null where the child has an open one on that day.
 *
 * The unique index `attendance_open_key` decides, so of two at once one gives way, and a transaction goes on
 * (PostgreSQL manual, INSERT, ON CONFLICT).
 */
export const openAttendance = defineQuery({
  name: 'openAttendance',
  access: 'write',
  input: z.strictObject({
    childId: id,
    /** Name of the person who brings the child, as typed. */
    by: filledText(200),
    room: filledText(200),
    at: instant,
    /** The day of the stay by the calendar of the house. @default the day of `at` in UTC */
    day: day.optional(),
    /** 1 to 5. */
    mood: z.int().min(1).max(5).nullish(),
    notes: text.max(10_000).nullish(),
    photoUrl: text.max(2000).nullish(),
    biometricMethod: attendanceBiometricMethod.nullish(),
    biometricConfidence: text.max(100).nullish(),
  }),
  row: attendanceRow,
  rows: 'maybeOne',
  sql: ({ at, ...input }) => sql`
    INSERT INTO public.attendance AS stay (child_id, check_in_time, checked_in_by, room, date,
      mood_rating, notes, check_in_photo_url, biometric_method, biometric_confidence)
    VALUES (${input.childId}, ${sql.timestamp(at)}, ${input.by}, ${input.room},
      ${sql.date(input.day ?? at.toISOString().slice(0, 10))}, ${input.mood ?? null},
      ${input.notes ?? null}, ${input.photoUrl ?? null}, ${input.biometricMethod ?? null},
      ${input.biometricConfidence ?? null})
    ON CONFLICT (child_id, (date::date)) WHERE check_out_time IS NULL DO NOTHING
    RETURNING ${attendanceColumns}`,
  samples: [{ childId: 'c1', by: 'Grace', room: 'Acorns', at: new Date('2026-01-31T08:00:00Z') }],
});

/**
 * Checks a child in.
 *
 * @throws AlreadyCheckedInError where the child has an open stay on that day
 * @throws ForeignKeyViolationError where there is no such child
 *
 * @example
 * await checkIn(db, { childId, by: 'Grace Moss', room: 'Acorns', at: new Date(), mood: 4 });
 * // INSERT INTO public.attendance AS stay (…) VALUES (…)
 * // ON CONFLICT (child_id, (date::date)) WHERE check_out_time IS NULL DO NOTHING RETURNING …
 */
export async function checkIn(
  db: WriteDatabase,
  input: InputOf<typeof openAttendance>,
): Promise<Attendance> {
  const stay = await openAttendance(db, input);
  if (stay === null) throw new AlreadyCheckedInError();
  return stay;
}
