// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Registry of logins; the cookies are in user_sessions */
export const sessionsRow = z.object({
  id: pgType.text,
  /** The actor, see principals */
  userId: pgType.text,
  username: pgType.text,
  role: pgType.text,
  loginTime: pgType.timestamp,
  lastActivity: pgType.timestamp,
  endTime: pgType.timestamp.nullable(),
  ipAddress: pgType.text.nullable(),
  userAgent: pgType.text.nullable(),
  isActive: pgType.bool,
  /** logout, expired or forced; null while the login is open */
  endReason: pgType.text.nullable(),
});
