/** Daily reports: what a child's day was like, for its parents. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { day, filledText, id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { dailyReportsRow } from '../../rows/index.ts';

/** The columns of a report as `dailyReportsRow` has them; the table is called `report`. */
export const reportColumns = sql`
  report.id, report.child_id AS "childId", report.date, report.attendance_status AS "attendanceStatus", report.meals,
  report.nap_notes AS "napNotes", report.activities, report.behavior_notes AS "behaviorNotes",
  report.photo_urls AS "photoUrls", report.is_generated AS "isGenerated", report.sent_to_parent AS "sentToParent",
  report.created_at AS "createdAt", report.email_status AS "emailStatus",
  report.email_message_id AS "emailMessageId", report.is_superseded AS "isSuperseded"`;

/** A child on a day. */
export const childAndDay = z.strictObject({ childId: id, day });

/**
 * Finds the report of a child and day: where earlier data has several, the one that counts.
 *
 * @example
 * await getDailyReport(db, { childId: 'c1', day: '2026-03-02' });
 * // SELECT … FROM public.daily_reports AS report
 * // WHERE report.child_id = $1 AND report.date >= $2::date AND report.date < $3::date + 1 AND NOT report.is_superseded
 */
export const getDailyReport = defineQuery({
  name: 'getDailyReport',
  access: 'read',
  input: childAndDay,
  row: dailyReportsRow,
  rows: 'maybeOne',
  sql: ({ childId, day }) => sql`
    SELECT ${reportColumns} FROM public.daily_reports AS report
    WHERE report.child_id = ${childId} AND report.date >= ${day}::date AND report.date < ${day}::date + 1
      AND NOT report.is_superseded`,
  samples: [{ childId: 'c1', day: '2026-01-01' }],
});

/** Notes how far the e-mail of a report got. A report that was sent once counts as sent to the parents for good. */
export const setReportEmailStatus = defineQuery({
  name: 'setReportEmailStatus',
  access: 'write',
  input: z.strictObject({ id, status: filledText(50), messageId: filledText(500).optional() }),
  row: dailyReportsRow,
  rows: 'one',
  sql: ({ id, status, messageId = null }) => sql`
    UPDATE public.daily_reports AS report
    SET email_status = ${status}, email_message_id = coalesce(${messageId}, report.email_message_id),
      sent_to_parent = report.sent_to_parent IS TRUE OR ${status} = 'sent'
    WHERE report.id = ${id}
    RETURNING ${reportColumns}`,
  samples: [{ id: 'r1', status: 'sent' }],
});
