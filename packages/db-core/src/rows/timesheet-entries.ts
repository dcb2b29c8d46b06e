// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** When a person clocked in and out on a day */
export const timesheetEntriesRow = z.object({
  id: pgType.text,
  staffId: pgType.text,
  payPeriodId: pgType.text.nullable(),
  date: pgType.date,
  clockInTime: pgType.timestamp.nullable(),
  /** Null while the person is at work; at most one such row per person and day */
  clockOutTime: pgType.timestamp.nullable(),
  breakMinutes: pgType.int4.nullable(),
  regularHours: pgType.int4.nullable(),
  overtimeHours: pgType.int4.nullable(),
  totalHours: pgType.int4.nullable(),
  hourlyRate: pgType.int4.nullable(),
  notes: pgType.text.nullable(),
  isApproved: pgType.bool.nullable(),
  /** The actor, see principals */
  approvedBy: pgType.text.nullable(),
  approvedAt: pgType.timestamp.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
});
