// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** When a person is to work, and when they really did */
export const staffSchedulesRow = z.object({
  id: pgType.text,
  staffId: pgType.text,
  room: pgType.text,
  scheduledStart: pgType.timestamp,
  scheduledEnd: pgType.timestamp,
  actualStart: pgType.timestamp.nullable(),
  actualEnd: pgType.timestamp.nullable(),
  date: pgType.timestamp,
  isPresent: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
  scheduleType: pgType.text.nullable(),
  isRecurring: pgType.bool.nullable(),
  recurringPattern: pgType.text.nullable(),
  recurringUntil: pgType.timestamp.nullable(),
  notes: pgType.text.nullable(),
  approvedBy: pgType.text.nullable(),
  status: pgType.text.nullable(),
});
