/** Safety duties that come again, such as fire drills. */
import { z } from 'zod';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { id, instant } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { safetyRemindersCategory, safetyRemindersRow } from '../../rows/index.ts';

/** The columns of a duty as `safetyRemindersRow` has them; the table is called `reminder`. */
export const reminderColumns = sql`
  reminder.id, reminder.title, reminder.description, reminder.category, reminder.priority, reminder.frequency,
  reminder.custom_interval AS "customInterval", reminder.next_due_date AS "nextDueDate",
  reminder.last_completed_date AS "lastCompletedDate", reminder.is_active AS "isActive",
  reminder.is_paused AS "isPaused", reminder.created_at AS "createdAt", reminder.updated_at AS "updatedAt",
  reminder.created_by AS "createdBy", reminder.assigned_to AS "assignedTo",
  reminder.completion_notes AS "completionNotes", reminder.alert_days_before AS "alertDaysBefore"`;

/** Lists the duties in force, those due first in front, page by page. `dueBefore` itself is not in the range. */
export const listSafetyReminders = defineKeysetQuery({
  name: 'listSafetyReminders',
  input: z.strictObject({
    category: safetyRemindersCategory.optional(),
    dueBefore: instant.optional(),
    paused: z.boolean().optional(),
  }),
  row: safetyRemindersRow,
  order: [
    { sql: sql`reminder.next_due_date`, type: 'timestamp' },
    { sql: sql`reminder.id`, type: 'text' },
  ],
  sql: ({ category, dueBefore, paused }, page) => sql`
    SELECT ${reminderColumns}, ${page.cursor} FROM public.safety_reminders AS reminder
    WHERE ${sql.and([
      sql`reminder.is_active`,
      category !== undefined && sql`reminder.category = ${category}`,
      dueBefore !== undefined && sql`reminder.next_due_date < ${sql.timestamp(dueBefore)}`,
      paused !== undefined && sql`reminder.is_paused = ${paused}`,
    ])} AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{}, { category: 'drills', dueBefore: new Date('2026-01-01'), paused: false }],
});

/** Finds a duty, in force or not. */
export const getSafetyReminder = defineQuery({
  name: 'getSafetyReminder',
  access: 'read',
  input: z.strictObject({ id }),
  row: safetyRemindersRow,
  rows: 'maybeOne',
  sql: ({ id }) => sql`
    SELECT ${reminderColumns} FROM public.safety_reminders AS reminder WHERE reminder.id = ${id}`,
  samples: [{ id: 'r1' }],
});
