import { createHash } from 'node:crypto';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** The text that is hashed and run: no byte order mark, LF for CRLF, nothing blank at the end. */
export function normaliseSql(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .trimEnd();
}

/** SHA-256 of a normalised text, in hexadecimal. */
export function checksumOf(normalised: string): string {
  return sha256(normalised);
}

/**
 * The link of one migration in the ledger's chain: it covers this text and every one before it.
 *
 * @example
 * ```ts
 * chainChecksum('', '0001', 'SELECT 1;'); // sha256("\n0001\nSELECT 1;")
 * ```
 */
export function chainChecksum(previous: string, version: string, normalised: string): string {
  return sha256(`${previous}\n${version}\n${normalised}`);
}
