// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Each time a safety duty was done */
export const safetyReminderCompletionsRow = z.object({
  id: pgType.text,
  reminderId: pgType.text,
  completedAt: pgType.timestamp,
  /** The actor, see principals */
  completedBy: pgType.text,
  notes: pgType.text.nullable(),
  nextScheduledDate: pgType.timestamp.nullable(),
  attachments: pgType.textArray.nullable(),
});
