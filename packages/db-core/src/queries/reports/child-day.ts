/** A child's day on one page: where it was, what was noted and what was reported, in one round trip. */
import { z } from 'zod';
import type { ReadDatabase } from '../../database/database.ts';
import { defineQuery, type InputOf, type RowOf } from '../../query/define-query.ts';
import { day, id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { type SqlFragment, sql } from '../../query/sql.ts';
import { attendanceRow, childrenRow, dailyReportsRow, teacherNotesRow } from '../../rows/index.ts';

/** An instant inside JSON, where a `timestamp` would lose that it is UTC. */
const asInstant = (column: SqlFragment) => sql`to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const stay = attendanceRow
  .pick({
    id: true,
    room: true,
    checkedInBy: true,
    checkedOutBy: true,
    moodRating: true,
    notes: true,
  })
  .extend({ checkInTime: z.string(), checkOutTime: z.string().nullable() });
const note = teacherNotesRow
  .pick({ id: true, staffId: true, note: true, category: true })
  .extend({ createdAt: z.string() });
const report = dailyReportsRow.pick({
  id: true,
  attendanceStatus: true,
  meals: true,
  napNotes: true,
  activities: true,
  behaviorNotes: true,
  photoUrls: true,
  sentToParent: true,
  emailStatus: true,
});

/** What `childDay` asks; instants inside its lists are still text. */
export const selectChildDay = defineQuery({
  name: 'selectChildDay',
  access: 'read',
  input: z.strictObject({ childId: id, day }),
  row: z.object({
    childId: childrenRow.shape.id,
    firstName: childrenRow.shape.firstName,
    lastName: childrenRow.shape.lastName,
    stays: pgType.jsonbOf(z.array(stay)),
    notes: pgType.jsonbOf(z.array(note)),
    report: pgType.jsonbOf(report).nullable(),
  }),
  rows: 'maybeOne',
  sql: ({ childId, day }) => sql`
    SELECT child.id AS "childId", child.first_name AS "firstName", child.last_name AS "lastName",
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', stay.id, 'room', stay.room, 'checkedInBy', stay.checked_in_by,
          'checkedOutBy', stay.checked_out_by, 'moodRating', stay.mood_rating, 'notes', stay.notes,
          'checkInTime', ${asInstant(sql`stay.check_in_time`)},
          'checkOutTime', ${asInstant(sql`stay.check_out_time`)}) ORDER BY stay.check_in_time, stay.id)
        FROM public.attendance AS stay
        WHERE stay.child_id = child.id AND stay.date >= ${day}::date AND stay.date < ${day}::date + 1
      ), '[]') AS stays,
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', note.id, 'staffId', note.staff_id, 'note', note.note,
          'category', note.category, 'createdAt', ${asInstant(sql`note.created_at`)})
          ORDER BY note.created_at, note.id)
        FROM public.teacher_notes AS note
        WHERE note.child_id = child.id AND note.date >= ${day}::date AND note.date < ${day}::date + 1
      ), '[]') AS notes,
      (
        SELECT jsonb_build_object('id', report.id, 'attendanceStatus', report.attendance_status,
          'meals', report.meals, 'napNotes', report.nap_notes, 'activities', report.activities,
          'behaviorNotes', report.behavior_notes, 'photoUrls', report.photo_urls,
          'sentToParent', report.sent_to_parent, 'emailStatus', report.email_status)
        FROM public.daily_reports AS report
        WHERE report.child_id = child.id AND report.date >= ${day}::date AND report.date < ${day}::date + 1
          AND NOT report.is_superseded
      ) AS report
    FROM public.children AS child WHERE child.id = ${childId}`,
  samples: [{ childId: 'c1', day: '2026-01-01' }],
});

/**
 * Tells a child's day: its stays, the notes about it in the order they came, and its report. Null for a child that
 * is not there; a day on which nothing happened has empty lists and no report.
 *
 * @example
 * await childDay(db, { childId: 'c1', day: '2026-03-02' });
 * // SELECT …, coalesce((SELECT jsonb_agg(…) FROM public.attendance …), '[]') AS stays, … FROM public.children …
 */
export async function childDay(db: ReadDatabase, input: InputOf<typeof selectChildDay>) {
  const found: RowOf<typeof selectChildDay> | null = await selectChildDay(db, input);
  if (found === null) return null;
  return {
    ...found,
    stays: found.stays.map(({ checkInTime, checkOutTime, ...rest }) => ({
      ...rest,
      checkInTime: new Date(checkInTime),
      checkOutTime: checkOutTime === null ? null : new Date(checkOutTime),
    })),
    notes: found.notes.map(({ createdAt, ...rest }) => ({
      ...rest,
      createdAt: new Date(createdAt),
    })),
  };
}
