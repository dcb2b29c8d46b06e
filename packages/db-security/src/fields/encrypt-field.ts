/**
 * Field encryption: AES-256-GCM with a key for each logical column (HKDF), bound by its associated data
 * to the logical table, column and row. A ciphertext that is altered, or moved to another row or column,
 * is rejected. Written as `enc1:<key id>:<base64url of nonce, ciphertext and tag>`.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CiphertextRejectedError } from '../errors.ts';
import { deriveKey, lengthPrefixed } from '../keys/derive-key.ts';
import type { KeyRing } from '../keys/key-ring.ts';

/**
 * Where a value lives. The names are logical: they are part of the binding, so they stay what they were when
 * a table is renamed or moved to another schema.
 */
export interface FieldContext {
  readonly table: string;
  readonly column: string;
  /** The row's primary key: column name to text value. */
  readonly key: Readonly<Record<string, string>>;
}

/** What encryption and decryption need. */
export interface FieldOptions {
  readonly keyRing: KeyRing;
  readonly context: FieldContext;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHERTEXT = /^enc1:([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{38,})$/;

/**
 * Encrypts one value. Two calls give two different ciphertexts.
 *
 * @throws {CiphertextRejectedError} when the value is not well-formed Unicode and so would not come back as it was.
 *
 * @example
 * ```ts
 * const context = { table: 'staff', column: 'account', key: { id: '17' } };
 * await db.query('UPDATE staff SET account_ciphertext = $1 WHERE id = 17', [
 *   encryptField('DE89 3704 0044', { keyRing, context }),
 * ]);
 * ```
 */
export function encryptField(plaintext: string, { keyRing, context }: FieldOptions): string {
  if (!plaintext.isWellFormed()) {
    throw new CiphertextRejectedError(
      'The value is not well-formed Unicode, so it would not decrypt to what it was. Mend it first.',
    );
  }
  const { id, key } = keyRing.current('encryption');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', fieldKey(key, context), nonce);
  cipher.setAAD(associatedData(id, context));
  const sealed = Buffer.concat([
    nonce,
    cipher.update(plaintext, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return `enc1:${id}:${sealed.toString('base64url')}`;
}

/**
 * Decrypts what {@link encryptField} wrote for the same context.
 *
 * @throws {CiphertextRejectedError} when it was altered, belongs to another row or column, or is no ciphertext.
 * @throws {UnknownKeyError} when its key is not in the ring.
 */
export function decryptField(ciphertext: string, { keyRing, context }: FieldOptions): string {
  const parts = CIPHERTEXT.exec(ciphertext);
  const sealed = Buffer.from(parts?.[2] ?? '', 'base64url');
  if (parts === null || sealed.toString('base64url') !== parts[2]) {
    throw new CiphertextRejectedError(
      'The value is not a ciphertext of this package. Check which column was read.',
    );
  }
  const { id, key } = keyRing.find('encryption', parts[1] as string);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    fieldKey(key, context),
    sealed.subarray(0, NONCE_BYTES),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(associatedData(id, context));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([plaintext, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new CiphertextRejectedError(
      `The ciphertext in ${context.table}.${context.column} was altered or belongs elsewhere. Restore it from a backup.`,
      { cause },
    );
  }
}

/** Whether a text has the form of a ciphertext written by {@link encryptField}. */
export function isCiphertext(text: string): boolean {
  return CIPHERTEXT.test(text);
}

function fieldKey(key: Buffer, { table, column }: FieldContext): Buffer {
  return deriveKey(key, 'db-security field v1', table, column);
}

function associatedData(keyId: string, { table, column, key }: FieldContext): Buffer {
  const columns = Object.keys(key).sort();
  return lengthPrefixed([
    'enc1',
    keyId,
    table,
    column,
    ...columns.flatMap((name) => [name, key[name] as string]),
  ]);
}
