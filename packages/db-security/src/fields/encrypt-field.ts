/**
 * Field encryption: AES-256-GCM with a key for each logical column (HKDF), bound by its associated data
 * to the logical table, column and row. A ciphertext that is altered, or moved to another row or column,
 * is rejected. The stored form is in ciphertext.ts.
 *
 * Nonces are random. NIST SP 800-38D (8.3) allows 2^32 values under one key that way, which here means one logical
 * column under one key id: the chance that any two of them share a nonce is then under 2^-32. Rotate before that.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CiphertextRejectedError } from '../errors.ts';
import { deriveKey } from '../keys/derive-key.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import {
  type FieldForm,
  formatCiphertext,
  NONCE_BYTES,
  type ParsedCiphertext,
  parseCiphertext,
  TAG_BYTES,
} from './ciphertext.ts';
import { associatedData, type FieldContext } from './field-context.ts';

/** What encryption and decryption need. */
export interface FieldOptions {
  readonly keyRing: KeyRing;
  readonly context: FieldContext;
}

/** A third longer as base64, this still fits into a JavaScript string and a PostgreSQL value. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/**
 * Encrypts a text under the current key. Two calls give two different ciphertexts, so a unique constraint on them
 * finds nothing: give look-ups and uniqueness a `blindIndex` beside it. {@link ciphertextLength} tells how long it becomes.
 *
 * @throws {CiphertextRejectedError} when it is not well-formed Unicode and so would not come back as it was, or over 256 MiB.
 * @throws {FieldContextError} when a part of the context is not a text.
 *
 * @example
 * ```ts
 * const context = { table: 'staff', column: 'account', key: { id: '17' } };
 * await db.query('UPDATE staff SET account_ciphertext = $1 WHERE id = 17', [
 *   encryptField('DE89 3704 0044', { keyRing, context }),
 * ]);
 * ```
 */
export function encryptField(plaintext: string, options: FieldOptions): string {
  if (!plaintext.isWellFormed()) {
    throw new CiphertextRejectedError(
      'The value is not well-formed Unicode, so it would not decrypt to what it was. Mend it first.',
    );
  }
  return seal('enc1', Buffer.from(plaintext, 'utf8'), options);
}

/**
 * Decrypts what {@link encryptField} wrote for the same context.
 *
 * @throws {CiphertextRejectedError} when it was altered, belongs to another row or column, holds bytes, or is no ciphertext.
 * @throws {UnknownKeyError} when its key is not in the ring.
 * @throws {FieldContextError} when a part of the context is not a text.
 */
export function decryptField(ciphertext: string, options: FieldOptions): string {
  return unseal(expectForm(ciphertext, 'enc1'), options).toString('utf8');
}

/**
 * Encrypts bytes: an image, a biometric template. The ciphertext is a text all the same, and {@link decryptBytes} opens it.
 *
 * @throws {CiphertextRejectedError} when there are over 256 MiB.
 * @throws {FieldContextError} when a part of the context is not a text.
 */
export function encryptBytes(plaintext: Uint8Array, options: FieldOptions): string {
  return seal('enc1b', plaintext, options);
}

/**
 * Decrypts what {@link encryptBytes} wrote for the same context.
 *
 * @throws {CiphertextRejectedError} when it was altered, belongs to another row or column, holds a text, or is no ciphertext.
 * @throws {UnknownKeyError} when its key is not in the ring.
 * @throws {FieldContextError} when a part of the context is not a text.
 */
export function decryptBytes(ciphertext: string, options: FieldOptions): Uint8Array {
  return unseal(expectForm(ciphertext, 'enc1b'), options);
}

/** Decrypts with one context and key, encrypts under another context or key; text stays text and bytes bytes. */
export function reseal(ciphertext: string, from: FieldOptions, to: FieldOptions): string {
  const parsed = expectForm(ciphertext);
  return seal(parsed.form, unseal(parsed, from), to);
}

function seal(form: FieldForm, plaintext: Uint8Array, { keyRing, context }: FieldOptions): string {
  if (plaintext.byteLength > LIMIT_BYTES) {
    throw new CiphertextRejectedError(
      'The value has over 256 MiB, which a column does not hold as ciphertext. Keep it as an encrypted file.',
    );
  }
  const { id: keyId, key } = keyRing.current('encryption');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', fieldKey(key, context), nonce);
  cipher.setAAD(associatedData(form, keyId, context));
  const sealed = Buffer.concat([
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return formatCiphertext({ form, keyId, sealed });
}

function unseal(
  { form, keyId, sealed }: ParsedCiphertext,
  { keyRing, context }: FieldOptions,
): Buffer {
  const { key } = keyRing.find('encryption', keyId);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    fieldKey(key, context),
    sealed.subarray(0, NONCE_BYTES),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(associatedData(form, keyId, context));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([plaintext, decipher.final()]);
  } catch (cause) {
    throw new CiphertextRejectedError(
      `The ciphertext in ${context.table}.${context.column} was altered or belongs elsewhere. ` +
        "If the row's primary key or the column's logical name has changed, bind it anew with rebindField; otherwise restore it from a backup.",
      { cause },
    );
  }
}

function expectForm(ciphertext: string, form?: FieldForm): ParsedCiphertext {
  const parsed = parseCiphertext(ciphertext);
  if (parsed === undefined) {
    throw new CiphertextRejectedError(
      'The value is not a ciphertext of this package. Check which column was read.',
    );
  }
  if (form === undefined || parsed.form === form) return parsed;
  throw new CiphertextRejectedError(
    form === 'enc1'
      ? 'The ciphertext holds bytes. Open it with decryptBytes.'
      : 'The ciphertext holds a text. Open it with decryptField.',
  );
}

function fieldKey(key: Buffer, { table, column }: FieldContext): Buffer {
  return deriveKey(key, 'db-security field v1', table, column);
}
