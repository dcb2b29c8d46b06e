/**
 * What opens a door. Nothing is stored here in the clear: a PIN comes as its hash, an RFID number as its blind index,
 * the rest encrypted, each made by the caller. No query but `listPinHashesForDevice` gives any of it back.
 */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { id, instant } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { timestampOrNull } from '../../query/timestamp-or-null.ts';
import { utcNow } from '../../query/utc-now.ts';
import { securityCredentialsCredentialType, securityCredentialsRow } from '../../rows/index.ts';
import { storedCiphertext, storedHash, storedLookup } from './stored-secret.ts';

const credentialRow = securityCredentialsRow.omit({
  credentialData: true,
  credentialHash: true,
  credentialLookup: true,
  credentialCiphertext: true,
});
const credentialColumns = sql`
  credential.id, credential.user_id AS "userId", credential.device_id AS "deviceId",
  credential.credential_type AS "credentialType", credential.is_active AS "isActive",
  credential.expires_at AS "expiresAt", credential.created_at AS "createdAt",
  credential.updated_at AS "updatedAt"`;
const stillGood = sql`
  credential.is_active AND (credential.expires_at IS NULL OR credential.expires_at > ${utcNow})`;

const common = {
  /** A ciphertext is bound to the row: choose the id before you encrypt. @default made by the server */
  id: id.optional(),
  userId: id,
  deviceId: id,
  expiresAt: instant.nullish(),
};

/**
 * Registers a credential under what can be stored of it: `hash` for a PIN, `lookup` (and `ciphertext`, if it must be
 * read back) for an RFID number, `ciphertext` for the others.
 *
 * @throws InvalidInputError also when a hash, look-up or ciphertext does not look like one
 *
 * @example
 * await createSecurityCredential(db, { credentialType: 'pin', userId, deviceId, hash: await hashCredential(pin) });
 * // INSERT INTO public.security_credentials AS credential (…) VALUES (…)
 */
export const createSecurityCredential = defineQuery({
  name: 'createSecurityCredential',
  access: 'write',
  input: z.discriminatedUnion('credentialType', [
    z.strictObject({ ...common, credentialType: z.literal('pin'), hash: storedHash }),
    z.strictObject({
      ...common,
      credentialType: z.literal('rfid'),
      lookup: storedLookup,
      ciphertext: storedCiphertext.optional(),
    }),
    z.strictObject({
      ...common,
      credentialType: z.enum(['biometric', 'mobile']),
      ciphertext: storedCiphertext,
    }),
  ]),
  row: credentialRow,
  rows: 'one',
  sql: (credential) => {
    const { id = null, userId, deviceId, credentialType, expiresAt } = credential;
    const hash = 'hash' in credential ? credential.hash : null;
    const lookup = 'lookup' in credential ? credential.lookup : null;
    const ciphertext = 'ciphertext' in credential ? (credential.ciphertext ?? null) : null;
    return sql`
      INSERT INTO public.security_credentials AS credential (id, user_id, device_id, credential_type,
        credential_data, credential_hash, credential_lookup, credential_ciphertext, is_active, expires_at,
        created_at, updated_at)
      VALUES (coalesce(${id}, gen_random_uuid()::text), ${userId}, ${deviceId}, ${credentialType},
        '', ${hash}, ${lookup}, ${ciphertext}, true, ${timestampOrNull(expiresAt)},
        ${utcNow}, ${utcNow})
      RETURNING ${credentialColumns}`;
  },
  samples: [
    {
      credentialType: 'rfid',
      userId: '1',
      deviceId: 'd1',
      lookup: `bis1:k1:${'x'.repeat(43)}`,
      expiresAt: new Date('2027-01-01'),
    },
  ],
});

/** Lists the credentials of a device, also ended ones, newest first: who may, how and until when. */
export const listSecurityCredentialsForDevice = defineQuery({
  name: 'listSecurityCredentialsForDevice',
  access: 'read',
  input: z.strictObject({ deviceId: id, type: securityCredentialsCredentialType.optional() }),
  row: credentialRow,
  rows: 'many',
  sql: ({ deviceId, type = null }) => sql`
    SELECT ${credentialColumns} FROM public.security_credentials AS credential
    WHERE credential.device_id = ${deviceId} AND (${type}::text IS NULL OR credential.credential_type = ${type})
    ORDER BY credential.created_at DESC, credential.id LIMIT 1000`,
  samples: [{ deviceId: 'd1' }],
});

/**
 * Finds the credentials that are still good by the blind index of what was presented, on one device or on any: by
 * equality, without decrypting a row. Several where one card is registered at several devices.
 */
export const findSecurityCredentialsByLookup = defineQuery({
  name: 'findSecurityCredentialsByLookup',
  access: 'read',
  input: z.strictObject({ lookup: storedLookup, deviceId: id.optional() }),
  row: credentialRow,
  rows: 'many',
  sql: ({ lookup, deviceId = null }) => sql`
    SELECT ${credentialColumns} FROM public.security_credentials AS credential
    WHERE credential.credential_lookup = ${lookup} AND ${stillGood}
      AND (${deviceId}::text IS NULL OR credential.device_id = ${deviceId})
    ORDER BY credential.id LIMIT 100`,
  samples: [{ lookup: `bis1:k1:${'x'.repeat(43)}` }],
});

/** Reads the hashes of the PINs that are still good at a device: only to verify what was typed, never for an answer. */
export const listPinHashesForDevice = defineQuery({
  name: 'listPinHashesForDevice',
  access: 'read',
  input: z.strictObject({ deviceId: id }),
  row: securityCredentialsRow.pick({ id: true, userId: true, credentialHash: true }),
  rows: 'many',
  sql: ({ deviceId }) => sql`
    SELECT credential.id, credential.user_id AS "userId", credential.credential_hash AS "credentialHash"
    FROM public.security_credentials AS credential
    WHERE credential.device_id = ${deviceId} AND credential.credential_type = 'pin'
      AND credential.credential_hash IS NOT NULL AND ${stillGood}
    ORDER BY credential.id LIMIT 1000`,
  samples: [{ deviceId: 'd1' }],
});

/** Ends a credential; once more changes nothing. */
export const deactivateSecurityCredential = defineQuery({
  name: 'deactivateSecurityCredential',
  access: 'write',
  input: z.strictObject({ id }),
  row: credentialRow,
  rows: 'one',
  sql: ({ id }) => sql`
    UPDATE public.security_credentials AS credential
    SET is_active = false, updated_at = CASE WHEN credential.is_active THEN ${utcNow} ELSE credential.updated_at END
    WHERE credential.id = ${id}
    RETURNING ${credentialColumns}`,
  samples: [{ id: 'k1' }],
});
