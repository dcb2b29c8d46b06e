// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Safety duties that come again, such as fire drills */
export const safetyRemindersRow = z.object({
  id: pgType.text,
  title: pgType.text,
  description: pgType.text.nullable(),
  category: pgType.text,
  priority: pgType.text,
  frequency: pgType.text,
  customInterval: pgType.int4.nullable(),
  nextDueDate: pgType.timestamp,
  lastCompletedDate: pgType.timestamp.nullable(),
  isActive: pgType.bool,
  isPaused: pgType.bool,
  createdAt: pgType.timestamp,
  updatedAt: pgType.timestamp,
  /** The actor, see principals */
  createdBy: pgType.text,
  /** The actor, see principals */
  assignedTo: pgType.text.nullable(),
  completionNotes: pgType.text.nullable(),
  alertDaysBefore: pgType.int4,
});
