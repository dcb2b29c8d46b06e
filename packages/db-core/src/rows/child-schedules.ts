// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** When a child is expected, and when it really came and left */
export const childSchedulesRow = z.object({
  id: pgType.text,
  childId: pgType.text,
  room: pgType.text,
  date: pgType.timestamp,
  scheduledArrival: pgType.timestamp,
  scheduledDeparture: pgType.timestamp,
  actualArrival: pgType.timestamp.nullable(),
  actualDeparture: pgType.timestamp.nullable(),
  isPresent: pgType.bool.nullable(),
  scheduleType: pgType.text.nullable(),
  isRecurring: pgType.bool.nullable(),
  recurringPattern: pgType.text.nullable(),
  recurringDays: pgType.textArray.nullable(),
  recurringUntil: pgType.timestamp.nullable(),
  mealPlan: pgType.textArray.nullable(),
  napTime: pgType.text.nullable(),
  specialNeeds: pgType.text.nullable(),
  notes: pgType.text.nullable(),
  parentApproved: pgType.bool.nullable(),
  status: pgType.text.nullable(),
  createdAt: pgType.timestamp.nullable(),
});
