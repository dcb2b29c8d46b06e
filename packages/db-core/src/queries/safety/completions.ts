/** Each time a safety duty was done. */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { NotFoundError } from '../../errors.ts';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery, type InputOf, type RowOf } from '../../query/define-query.ts';
import { filledText, id, instant } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { timestampOrNull } from '../../query/timestamp-or-null.ts';
import { utcNow } from '../../query/utc-now.ts';
import { safetyReminderCompletionsRow } from '../../rows/index.ts';
import { ChangedMeanwhileError } from '../changed-meanwhile-error.ts';
import { getSafetyReminder } from './reminders.ts';

const completionColumns = sql`
  done.id, done.reminder_id AS "reminderId", done.completed_at AS "completedAt",
  done.completed_by AS "completedBy", done.notes, done.next_scheduled_date AS "nextScheduledDate",
  done.attachments`;

/** What `completeSafetyReminder` asks; null where there is no such duty in force, or `due` is not its date any more. */
export const insertSafetyCompletion = defineQuery({
  name: 'insertSafetyCompletion',
  access: 'write',
  input: z.strictObject({
    id,
    completedBy: id,
    completedAt: instant.optional(),
    due: instant.optional(),
    nextDueDate: instant.optional(),
    notes: filledText().nullish(),
    attachments: z.array(filledText(2_048)).max(50).default([]),
  }),
  row: safetyReminderCompletionsRow,
  rows: 'maybeOne',
  sql: ({ id, completedBy, completedAt, due, nextDueDate, notes, attachments }) => {
    const doneAt = sql`coalesce(${timestampOrNull(completedAt)}, ${utcNow})`;
    const lastDone = sql`greatest(reminder.last_completed_date, ${doneAt})`;
    const expected = timestampOrNull(due);
    return sql`
      WITH moved AS (
        UPDATE public.safety_reminders AS reminder
        SET last_completed_date = ${lastDone}, completion_notes = ${notes ?? null}, updated_at = ${utcNow},
          next_due_date = coalesce(${timestampOrNull(nextDueDate)},
            date_trunc('day', ${lastDone}) + CASE reminder.frequency
              WHEN 'daily' THEN interval '1 day'
              WHEN 'weekly' THEN interval '7 days'
              WHEN 'monthly' THEN interval '1 month'
              WHEN 'quarterly' THEN interval '3 months'
              WHEN 'yearly' THEN interval '1 year'
              WHEN 'custom' THEN make_interval(days => reminder.custom_interval)
            END)
        WHERE reminder.id = ${id} AND reminder.is_active
          AND (${expected} IS NULL OR date_trunc('milliseconds', reminder.next_due_date) = ${expected})
        RETURNING reminder.id, reminder.next_due_date
      )
      INSERT INTO public.safety_reminder_completions AS done
        (reminder_id, completed_at, completed_by, notes, next_scheduled_date, attachments)
      SELECT moved.id, ${doneAt}, ${completedBy}, ${notes ?? null}, moved.next_due_date,
        ${sql.array(attachments, 'text')}
      FROM moved
      RETURNING ${completionColumns}`;
  },
  samples: [{ id: 'r1', completedBy: 'admin' }],
});

/**
 * Writes down that a duty was done and moves its due date on, both or neither, in one statement: to `nextDueDate`,
 * else by its frequency from the day it was last done. With `due`, only while that is its due date, so that of two
 * colleagues who tick off the same drill one is told that it is done.
 *
 * @throws NotFoundError when there is no such duty in force
 * @throws ChangedMeanwhileError when `due` is not its due date any more
 * @throws NotNullViolationError for a duty without a known frequency, when `nextDueDate` is not given
 *
 * @example
 * await completeSafetyReminder(db, { id, completedBy: 'admin', due: reminder.nextDueDate });
 * // WITH moved AS (UPDATE public.safety_reminders … RETURNING …)
 * // INSERT INTO public.safety_reminder_completions … SELECT … FROM moved RETURNING …
 */
export async function completeSafetyReminder(
  db: WriteDatabase,
  input: InputOf<typeof insertSafetyCompletion>,
): Promise<RowOf<typeof insertSafetyCompletion>> {
  const done = await insertSafetyCompletion(db, input);
  if (done !== null) return done;
  const reminder = await getSafetyReminder(db, { id: input.id });
  throw reminder?.isActive
    ? new ChangedMeanwhileError()
    : new NotFoundError('completeSafetyReminder found no duty in force with that id.');
}

/** Lists each time a duty was done, latest first, page by page. */
export const safetyReminderHistory = defineKeysetQuery({
  name: 'safetyReminderHistory',
  input: z.strictObject({ reminderId: id }),
  row: safetyReminderCompletionsRow,
  order: [
    { sql: sql`done.completed_at`, type: 'timestamp', direction: 'desc' },
    { sql: sql`done.id`, type: 'text', direction: 'desc' },
  ],
  sql: ({ reminderId }, page) => sql`
    SELECT ${completionColumns}, ${page.cursor} FROM public.safety_reminder_completions AS done
    WHERE done.reminder_id = ${reminderId} AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{ reminderId: 'r1' }],
});
