// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Details of a user of the application */
export const userProfilesRow = z.object({
  id: pgType.text,
  /** The actor, see principals */
  userId: pgType.text,
  username: pgType.text,
  email: pgType.text.nullable(),
  role: pgType.text,
  firstName: pgType.text,
  lastName: pgType.text,
  phoneNumber: pgType.text.nullable(),
  dateOfBirth: pgType.timestamp.nullable(),
  street: pgType.text.nullable(),
  city: pgType.text.nullable(),
  state: pgType.text.nullable(),
  zipCode: pgType.text.nullable(),
  jobTitle: pgType.text.nullable(),
  department: pgType.text.nullable(),
  employeeId: pgType.text.nullable(),
  hireDate: pgType.timestamp.nullable(),
  /**
   * Ids of children, written by older code; user_profile_children says the same and is kept in step
   */
  childrenIds: pgType.textArray.nullable(),
  emergencyContact: pgType.text.nullable(),
  profilePictureUrl: pgType.text.nullable(),
  bio: pgType.text.nullable(),
  preferredLanguage: pgType.text.nullable(),
  notificationPreferences: pgType.text.nullable(),
  isActive: pgType.bool.nullable(),
  lastLoginAt: pgType.timestamp.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
});
