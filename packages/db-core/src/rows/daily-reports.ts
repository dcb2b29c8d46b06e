// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** What a childs day was like, sent to its parents */
export const dailyReportsRow = z.object({
  id: pgType.text,
  childId: pgType.text,
  date: pgType.timestamp,
  attendanceStatus: pgType.text,
  meals: pgType.textArray.nullable(),
  napNotes: pgType.text.nullable(),
  activities: pgType.textArray.nullable(),
  behaviorNotes: pgType.text.nullable(),
  photoUrls: pgType.textArray.nullable(),
  isGenerated: pgType.bool.nullable(),
  sentToParent: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
  /** How far the e-mail to the parents got; pending until it is sent */
  emailStatus: pgType.text,
  /** Id that the mail service gave the message */
  emailMessageId: pgType.text.nullable(),
  /** Older report of a day that has a newer one; kept, but no longer the report of that day */
  isSuperseded: pgType.bool,
});
