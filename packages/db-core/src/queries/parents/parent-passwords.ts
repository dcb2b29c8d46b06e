/** Passwords of parents, and how they are set anew. Nothing here sees a password or a token, only what was made of it. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { id, instant } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';

/** A password hash in one of the usual forms (`$2b$12$…`, `$argon2id$…`, `$bcrypt-hmac-sha384$…`): no password. */
const passwordHash = z
  .string()
  .max(1000)
  .regex(/^\$[a-z0-9-]{1,32}\$[\x21-\x7e]{40,}$/);

/** The SHA-256 of a token, 64 hexadecimal digits: what is stored opens nothing. */
const tokenHash = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * Sets the password of a parent, and ends a reset that is under way.
 *
 * @returns 1, or 0 where there is no active parent of that id
 */
export const setParentPassword = defineQuery({
  name: 'setParentPassword',
  access: 'write',
  input: z.strictObject({ id, passwordHash }),
  row: null,
  rows: 'none',
  sql: (input) => sql`
    UPDATE public.parents AS parent
    SET password_hash = ${input.passwordHash}, reset_token = NULL, reset_token_expiry = NULL,
      updated_at = ${utcNow}
    WHERE parent.id = ${input.id} AND parent.is_active`,
  samples: [{ id: 'p1', passwordHash: `$2b$12$${'a'.repeat(53)}` }],
});

/**
 * Starts a password reset: stores the hash of the token that was mailed, in place of an earlier one.
 *
 * @returns 1, or 0 where there is no active parent of that id
 */
export const setParentResetToken = defineQuery({
  name: 'setParentResetToken',
  access: 'write',
  input: z.strictObject({ id, tokenHash, expiry: instant }),
  row: null,
  rows: 'none',
  sql: (input) => sql`
    UPDATE public.parents AS parent
    SET reset_token = ${input.tokenHash}, reset_token_expiry = ${sql.timestamp(input.expiry)},
      updated_at = ${utcNow}
    WHERE parent.id = ${input.id} AND parent.is_active`,
  samples: [{ id: 'p1', tokenHash: 'a'.repeat(64), expiry: new Date('2026-01-31T08:00:00Z') }],
});

/**
 * Finishes a password reset: whoever brings the token sets the password, once and before it expires. Of two at once
 * one succeeds.
 *
 * @returns the id of the parent; null for a token that is unknown, used, replaced or expired, or of a parent that
 * may not log in
 *
 * @example
 * await consumeParentResetToken(db, { tokenHash, passwordHash, at: new Date() });
 * // UPDATE public.parents AS parent SET password_hash = $1, reset_token = NULL, reset_token_expiry = NULL, …
 * // WHERE parent.reset_token = $2 AND parent.reset_token_expiry > $3::timestamp AND parent.is_active RETURNING parent.id
 */
export const consumeParentResetToken = defineQuery({
  name: 'consumeParentResetToken',
  access: 'write',
  input: z.strictObject({ tokenHash, passwordHash, at: instant }),
  row: z.object({ id: pgType.text }),
  rows: 'maybeOne',
  sql: (input) => sql`
    UPDATE public.parents AS parent
    SET password_hash = ${input.passwordHash}, reset_token = NULL, reset_token_expiry = NULL,
      updated_at = ${utcNow}
    WHERE parent.reset_token = ${input.tokenHash}
      AND parent.reset_token_expiry > ${sql.timestamp(input.at)} AND parent.is_active
    RETURNING parent.id`,
  samples: [
    {
      tokenHash: 'a'.repeat(64),
      passwordHash: `$2b$12$${'a'.repeat(53)}`,
      at: new Date('2026-01-31T08:00:00Z'),
    },
  ],
});
