/**
 * The stored form of a ciphertext: `enc1:<key id>:<base64url of nonce, ciphertext and tag>`, with `enc1b` where bytes
 * were encrypted and not a text. Values may be hundreds of megabytes long, so only the head is matched by a pattern.
 */

/** What was encrypted: a text or bytes. */
export type FieldForm = 'enc1' | 'enc1b';

/** A ciphertext taken apart. */
export interface ParsedCiphertext {
  readonly form: FieldForm;
  readonly keyId: string;
  /** Nonce, ciphertext and tag. */
  readonly sealed: Buffer;
}

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

const HEAD = /^(enc1b?):([A-Za-z0-9_-]{1,32}):/;
const HEAD_CHARACTERS = 'enc1b:'.length + 32 + ':'.length;
const SHORTEST_BODY = encodedLength(NONCE_BYTES + TAG_BYTES);

/** Puts a ciphertext together. */
export function formatCiphertext({ form, keyId, sealed }: ParsedCiphertext): string {
  return `${form}:${keyId}:${sealed.toString('base64url')}`;
}

/** Takes a ciphertext apart; undefined when the text is none, or not written in the one way that it can be. */
export function parseCiphertext(text: string): ParsedCiphertext | undefined {
  const head = HEAD.exec(text.slice(0, HEAD_CHARACTERS));
  if (head === null) return undefined;
  const body = text.slice(head[0].length);
  const sealed = Buffer.from(body, 'base64url');
  if (body.length < SHORTEST_BODY || sealed.toString('base64url') !== body) return undefined;
  return { form: head[1] as FieldForm, keyId: head[2] as string, sealed };
}

/** Whether a text has the form of a ciphertext of this package, of a text or of bytes. */
export function isCiphertext(text: string): boolean {
  const head = HEAD.exec(text.slice(0, HEAD_CHARACTERS));
  return (
    head !== null &&
    text.length - head[0].length >= SHORTEST_BODY &&
    !/[^A-Za-z0-9_-]/.test(text.slice(head[0].length))
  );
}

/**
 * How long the ciphertext of a value becomes, in characters: for the choice of a `varchar(n)`. The other way round,
 * whoever sees a ciphertext knows the length of its value: pad values whose length tells something.
 *
 * @param byteLength length of the value in bytes: `Buffer.byteLength(text)`
 * @param keyId the key's id. @default the longest id that is allowed, 32 characters
 *
 * @example
 * ```ts
 * ciphertextLength(34); // 122: varchar(122) takes any IBAN, whatever the key
 * ```
 */
export function ciphertextLength(byteLength: number, keyId = 'x'.repeat(32)): number {
  return (
    'enc1b:'.length +
    keyId.length +
    ':'.length +
    encodedLength(NONCE_BYTES + byteLength + TAG_BYTES)
  );
}

/** Characters of unpadded base64. */
function encodedLength(byteLength: number): number {
  return Math.ceil((byteLength * 4) / 3);
}
