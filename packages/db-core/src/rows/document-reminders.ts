// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Reminders that a licence or certificate is about to expire */
export const documentRemindersRow = z.object({
  id: pgType.text,
  documentId: pgType.text,
  reminderType: pgType.text,
  reminderDate: pgType.timestamp,
  message: pgType.text,
  sentAt: pgType.timestamp.nullable(),
  acknowledgedAt: pgType.timestamp.nullable(),
  /** The actor, see principals */
  acknowledgedBy: pgType.text.nullable(),
  priority: pgType.text,
  isActive: pgType.bool,
  createdAt: pgType.timestamp,
});
