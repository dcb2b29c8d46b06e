import type { z } from 'zod';
import { sql } from '../../query/sql.ts';
import { timesheetEntriesRow } from '../../rows/timesheet-entries.ts';

export { timesheetEntriesRow };

/** What one person worked on a day, from clocking in to clocking out. */
export type TimesheetEntry = z.output<typeof timesheetEntriesRow>;

/** The columns of {@link timesheetEntriesRow}, of a table called `entry`. */
export const timesheetColumns = sql`
  entry.id, entry.staff_id AS "staffId", entry.pay_period_id AS "payPeriodId", entry.date,
  entry.clock_in_time AS "clockInTime", entry.clock_out_time AS "clockOutTime",
  entry.break_minutes AS "breakMinutes", entry.regular_hours AS "regularHours",
  entry.overtime_hours AS "overtimeHours", entry.total_hours AS "totalHours",
  entry.hourly_rate AS "hourlyRate", entry.notes, entry.is_approved AS "isApproved",
  entry.approved_by AS "approvedBy", entry.approved_at AS "approvedAt",
  entry.created_at AS "createdAt", entry.updated_at AS "updatedAt"`;
