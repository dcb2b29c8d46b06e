/** Base64 as the PHC string format has it: standard alphabet, no padding, and only one way to write a value. */

/** Decodes, or gives undefined where the text is not what {@link encodeBase64} would have written. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return encodeBase64(bytes) === text ? bytes : undefined;
}

/** Encodes without padding. */
export function encodeBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
