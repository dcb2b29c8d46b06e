// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Messages from staff to parents, to staff or to everybody */
export const messagesRow = z.object({
  id: pgType.text,
  /** The member of staff who wrote it */
  senderId: pgType.text,
  recipientType: pgType.text,
  /** Id of a parent or of staff, as recipient_type says; null for a broadcast */
  recipientId: pgType.text.nullable(),
  subject: pgType.text.nullable(),
  content: pgType.text,
  attachmentUrls: pgType.textArray.nullable(),
  isRead: pgType.bool.nullable(),
  priority: pgType.text.nullable(),
  createdAt: pgType.timestamp.nullable(),
});
