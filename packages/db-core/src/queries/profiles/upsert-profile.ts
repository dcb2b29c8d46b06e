import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id, instant, text } from '../../query/input.ts';
import { assignments, bound, type PatchValue, patch } from '../../query/patch.ts';
import { type SqlFragment, sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { profileColumns, profileRow } from './profiles.ts';

const line = text.max(255).nullable();
const changes = patch({
  username: filledText(255),
  role: filledText(50),
  firstName: filledText(255),
  lastName: filledText(255),
  email: line,
  phoneNumber: line,
  dateOfBirth: instant.nullable(),
  street: line,
  city: line,
  state: line,
  zipCode: line,
  jobTitle: line,
  department: line,
  employeeId: line,
  hireDate: instant.nullable(),
  emergencyContact: text.max(2_000).nullable(),
  profilePictureUrl: text.max(2_048).nullable(),
  bio: text.max(10_000).nullable(),
  preferredLanguage: line,
  notificationPreferences: text.max(10_000).nullable(),
  isActive: z.boolean(),
  lastLoginAt: instant.nullable(),
});

const columns = {
  username: 'username',
  role: 'role',
  firstName: 'first_name',
  lastName: 'last_name',
  email: 'email',
  phoneNumber: 'phone_number',
  dateOfBirth: 'date_of_birth',
  street: 'street',
  city: 'city',
  state: 'state',
  zipCode: 'zip_code',
  jobTitle: 'job_title',
  department: 'department',
  employeeId: 'employee_id',
  hireDate: 'hire_date',
  emergencyContact: 'emergency_contact',
  profilePictureUrl: 'profile_picture_url',
  bio: 'bio',
  preferredLanguage: 'preferred_language',
  notificationPreferences: 'notification_preferences',
  isActive: 'is_active',
  lastLoginAt: 'last_login_at',
} as const;

const REQUIRED = ['username', 'role', 'firstName', 'lastName'] as const;

/**
 * Changes the profile of a user, or makes it: what is not given stays, null clears. Two at once leave one profile.
 *
 * @throws NotNullViolationError when there is no profile yet and the user name, role, first or last name is not given
 *
 * @example
 * await upsertProfile(db, { userId, patch: { phoneNumber: null } });
 * // INSERT INTO public.user_profiles AS profile (…) SELECT … ON CONFLICT (user_id) DO UPDATE SET "phone_number" = $1, …
 */
export const upsertProfile = defineQuery({
  name: 'upsertProfile',
  access: 'write',
  input: z.strictObject({ userId: id, patch: changes }),
  row: profileRow,
  rows: 'one',
  sql: ({ userId, patch }) => {
    const optional = (Object.keys(columns) as (keyof typeof columns)[]).filter(
      (key) => patch[key] !== undefined && !REQUIRED.includes(key as (typeof REQUIRED)[number]),
    );
    return sql`
      INSERT INTO public.user_profiles AS profile
        (user_id, username, role, first_name, last_name, created_at, updated_at${named(optional)})
      SELECT ${userId}, coalesce(${patch.username ?? null}, known.username),
        coalesce(${patch.role ?? null}, known.role), coalesce(${patch.firstName ?? null}, known.first_name),
        coalesce(${patch.lastName ?? null}, known.last_name), ${utcNow}, ${utcNow}${values(optional, patch)}
      FROM (VALUES (1)) AS once LEFT JOIN public.user_profiles AS known ON known.user_id = ${userId}
      ON CONFLICT (user_id) DO UPDATE SET ${assignments(columns, patch)}, updated_at = ${utcNow}
      RETURNING ${profileColumns}`;
  },
  samples: [
    { userId: '1', patch: { bio: 'Gardener' } },
    {
      userId: '1',
      patch: {
        username: 'director',
        role: 'director',
        firstName: 'Ada',
        lastName: 'Example',
        email: null,
        phoneNumber: null,
        dateOfBirth: new Date('1980-01-01'),
        street: null,
        city: null,
        state: null,
        zipCode: null,
        jobTitle: null,
        department: null,
        employeeId: null,
        hireDate: null,
        emergencyContact: null,
        profilePictureUrl: null,
        bio: null,
        preferredLanguage: 'en',
        notificationPreferences: null,
        isActive: true,
        lastLoginAt: null,
      },
    },
  ],
});

type Column = keyof typeof columns;

/** `, "bio", "city"` */
function named(keys: readonly Column[]): SqlFragment {
  return sql`${sql.join([sql``, ...keys.map((key) => sql.identifier([columns[key]]))], sql`, `)}`;
}

/** `, $1, $2` */
function values(
  keys: readonly Column[],
  given: { readonly [key in Column]?: PatchValue | undefined },
) {
  return sql`${sql.join([sql``, ...keys.map((key) => bound(given[key] ?? null))], sql`, `)}`;
}
