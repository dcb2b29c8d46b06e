/** Parents and their logins. Hashes are made elsewhere: no password and no token ever comes here in the clear. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id, instant } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { parentsRow } from '../../rows/parents.ts';

/** A parent as ordinary queries give it: no hash, no token. */
const parentRow = parentsRow.omit({
  passwordHash: true,
  resetToken: true,
  resetTokenExpiry: true,
  childrenIds: true,
});

/** What checking a login needs. */
const parentLoginRow = parentsRow.pick({
  id: true,
  username: true,
  passwordHash: true,
  email: true,
  firstName: true,
  lastName: true,
  emailVerified: true,
});

const loginColumns = sql`
  parent.id, parent.username, parent.password_hash AS "passwordHash", parent.email,
  parent.first_name AS "firstName", parent.last_name AS "lastName",
  parent.email_verified AS "emailVerified"`;

/** Finds a parent by its id, whether it may log in or not. */
export const getParent = defineQuery({
  name: 'getParent',
  access: 'read',
  input: z.strictObject({ id }),
  row: parentRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT parent.id, parent.username, parent.email, parent.first_name AS "firstName",
      parent.last_name AS "lastName", parent.phone, parent.last_login AS "lastLogin",
      parent.email_verified AS "emailVerified",
      parent.notification_preferences AS "notificationPreferences", parent.is_active AS "isActive",
      parent.created_at AS "createdAt", parent.updated_at AS "updatedAt"
    FROM public.parents AS parent WHERE parent.id = ${input.id}`,
  samples: [{ id: 'p1' }],
});

/**
 * Finds who may log in with an e-mail address, in whatever case it is typed. A parent that is not active is not
 * found, as if there were none: check a dummy hash then too, so that the time tells nothing either.
 *
 * @example
 * await getParentByEmail(db, { email: 'Ada@Example.org' });
 * // SELECT … FROM public.parents AS parent WHERE lower(parent.email) = lower($1) AND parent.is_active
 */
export const getParentByEmail = defineQuery({
  name: 'getParentByEmail',
  access: 'read',
  input: z.strictObject({ email: filledText(500) }),
  row: parentLoginRow,
  rows: 'maybeOne',
  sql: ({ email }) => sql`
    SELECT ${loginColumns} FROM public.parents AS parent
    WHERE lower(parent.email) = lower(${email}) AND parent.is_active`,
  samples: [{ email: 'ada@example.org' }],
});

/** Finds who may log in with a user name; user names are stored in lower case. As `getParentByEmail` otherwise. */
export const getParentByUsername = defineQuery({
  name: 'getParentByUsername',
  access: 'read',
  input: z.strictObject({ username: filledText(255) }),
  row: parentLoginRow,
  rows: 'maybeOne',
  sql: ({ username }) => sql`
    SELECT ${loginColumns} FROM public.parents AS parent
    WHERE parent.username = lower(${username}) AND parent.is_active`,
  samples: [{ username: 'ada' }],
});

/**
 * Notes that a parent has just logged in.
 *
 * @returns 1, or 0 where there is no active parent of that id
 */
export const touchParentLogin = defineQuery({
  name: 'touchParentLogin',
  access: 'write',
  input: z.strictObject({ id, at: instant }),
  row: null,
  rows: 'none',
  sql: (input) => sql`
    UPDATE public.parents AS parent
    SET last_login = greatest(parent.last_login, ${sql.timestamp(input.at)}), updated_at = ${utcNow}
    WHERE parent.id = ${input.id} AND parent.is_active`,
  samples: [{ id: 'p1', at: new Date('2026-01-31T08:00:00Z') }],
});
