// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Parents and their logins */
export const parentsRow = z.object({
  id: pgType.text,
  username: pgType.text,
  /** bcrypt */
  passwordHash: pgType.text,
  email: pgType.text,
  firstName: pgType.text,
  lastName: pgType.text,
  phone: pgType.text.nullable(),
  /** Ids of children, written by older code; child_guardians says the same and is kept in step */
  childrenIds: pgType.textArray.nullable(),
  lastLogin: pgType.timestamp.nullable(),
  emailVerified: pgType.bool.nullable(),
  /** Token of a password reset that is under way */
  resetToken: pgType.text.nullable(),
  resetTokenExpiry: pgType.timestamp.nullable(),
  notificationPreferences: pgType.text.nullable(),
  isActive: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
});
