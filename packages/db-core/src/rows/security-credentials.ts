// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** What opens a door: PINs, RFID numbers, biometrics */
export const securityCredentialsRow = z.object({
  id: pgType.text,
  /** The actor, see principals */
  userId: pgType.text,
  deviceId: pgType.text,
  credentialType: pgType.text,
  /** The credential in its older, readable form; the treatment of secrets empties it */
  credentialData: pgType.text,
  isActive: pgType.bool.nullable(),
  expiresAt: pgType.timestamp.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
  /** Password hash of a PIN; compared, never read back */
  credentialHash: pgType.text.nullable(),
  /** Keyed blind index of an RFID number, found by equality without decrypting a row */
  credentialLookup: pgType.text.nullable(),
  /** The credential encrypted, for kinds that have to be read back */
  credentialCiphertext: pgType.text.nullable(),
});
