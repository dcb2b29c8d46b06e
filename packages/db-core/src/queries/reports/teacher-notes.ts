import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { staffRow, teacherNotesCategory, teacherNotesRow } from '../../rows/index.ts';
import { childAndDay } from './daily-reports.ts';

const noteColumns = sql`
  note.id, note.child_id AS "childId", note.staff_id AS "staffId", note.date, note.note, note.category,
  note.created_at AS "createdAt"`;

/** Writes a note of the staff about a child. */
export const addTeacherNote = defineQuery({
  name: 'addTeacherNote',
  access: 'write',
  input: childAndDay.safeExtend({
    staffId: id,
    note: filledText(),
    category: teacherNotesCategory.nullish(),
  }),
  row: teacherNotesRow,
  rows: 'one',
  sql: ({ childId, staffId, day, note, category = null }) => sql`
    INSERT INTO public.teacher_notes AS note (child_id, staff_id, date, note, category, created_at)
    VALUES (${childId}, ${staffId}, ${day}::date, ${note}, ${category}, ${utcNow})
    RETURNING ${noteColumns}`,
  samples: [{ childId: 'c1', staffId: 's1', day: '2026-01-01', note: 'Slept well.' }],
});

/** Lists the notes about a child on a day with the names of who wrote them, as they came. */
export const listTeacherNotes = defineQuery({
  name: 'listTeacherNotes',
  access: 'read',
  input: childAndDay,
  row: teacherNotesRow.extend({
    staffFirstName: staffRow.shape.firstName,
    staffLastName: staffRow.shape.lastName,
  }),
  rows: 'many',
  sql: ({ childId, day }) => sql`
    SELECT ${noteColumns}, staff.first_name AS "staffFirstName", staff.last_name AS "staffLastName"
    FROM public.teacher_notes AS note
    JOIN public.staff ON staff.id = note.staff_id
    WHERE note.child_id = ${childId} AND note.date >= ${day}::date AND note.date < ${day}::date + 1
    ORDER BY note.created_at, note.id`,
  samples: [{ childId: 'c1', day: '2026-01-01' }],
});
