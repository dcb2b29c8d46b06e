/** Details of a user of the application. The children of a profile are told by the links, not by the older array. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { userProfilesRow } from '../../rows/index.ts';

/** A profile with the ids of its children. */
export const profileRow = userProfilesRow
  .omit({ childrenIds: true })
  .extend({ childIds: pgType.textArray });

/** The columns of `profileRow`; the table is called `profile`. */
export const profileColumns = sql`
  profile.id, profile.user_id AS "userId", profile.username, profile.email, profile.role,
  profile.first_name AS "firstName", profile.last_name AS "lastName", profile.phone_number AS "phoneNumber",
  profile.date_of_birth AS "dateOfBirth", profile.street, profile.city, profile.state, profile.zip_code AS "zipCode",
  profile.job_title AS "jobTitle", profile.department, profile.employee_id AS "employeeId",
  profile.hire_date AS "hireDate", profile.emergency_contact AS "emergencyContact",
  profile.profile_picture_url AS "profilePictureUrl", profile.bio, profile.preferred_language AS "preferredLanguage",
  profile.notification_preferences AS "notificationPreferences", profile.is_active AS "isActive",
  profile.last_login_at AS "lastLoginAt", profile.created_at AS "createdAt", profile.updated_at AS "updatedAt",
  ARRAY(
    SELECT link.child_id::text FROM public.user_profile_children AS link
    WHERE link.profile_id = profile.id ORDER BY link.child_id
  ) AS "childIds"`;

/** Finds the profile of a user. */
export const getProfile = defineQuery({
  name: 'getProfile',
  access: 'read',
  input: z.strictObject({ userId: id }),
  row: profileRow,
  rows: 'maybeOne',
  sql: ({ userId }) => sql`
    SELECT ${profileColumns} FROM public.user_profiles AS profile WHERE profile.user_id = ${userId}`,
  samples: [{ userId: '1' }],
});

/**
 * Finds the active profile of a user name.
 *
 * @throws UnexpectedResultError when two active profiles share the name, rather than pick one of two people
 */
export const getProfileByUsername = defineQuery({
  name: 'getProfileByUsername',
  access: 'read',
  input: z.strictObject({ username: filledText(255) }),
  row: profileRow,
  rows: 'maybeOne',
  sql: ({ username }) => sql`
    SELECT ${profileColumns} FROM public.user_profiles AS profile
    WHERE profile.username = ${username} AND profile.is_active LIMIT 2`,
  samples: [{ username: 'director' }],
});
