import type { z } from 'zod';
import { sql } from '../../query/sql.ts';
import { staffSchedulesRow } from '../../rows/staff-schedules.ts';

export { staffSchedulesRow };

/** When a person is to work, and when it really did. */
export type StaffSchedule = z.output<typeof staffSchedulesRow>;

/** The columns of {@link staffSchedulesRow}, of a table called `shift`. */
export const staffScheduleColumns = sql`
  shift.id, shift.staff_id AS "staffId", shift.room, shift.scheduled_start AS "scheduledStart",
  shift.scheduled_end AS "scheduledEnd", shift.actual_start AS "actualStart",
  shift.actual_end AS "actualEnd", shift.date, shift.is_present AS "isPresent",
  shift.created_at AS "createdAt", shift.schedule_type AS "scheduleType",
  shift.is_recurring AS "isRecurring", shift.recurring_pattern AS "recurringPattern",
  shift.recurring_until AS "recurringUntil", shift.notes, shift.approved_by AS "approvedBy",
  shift.status`;
