import { identifyHash } from '../credentials/stored-hash.ts';
import { isCiphertext } from '../fields/ciphertext.ts';

/**
 * What a stored value looks like.
 * `digits`: 1 to 12 digits. `token`: `0x` and hexadecimal digits. `hash`: a password hash.
 * `ciphertext`: encrypted or digested bytes in an encoding. `identifier`: a UUID, JWT, or base64 as WebAuthn uses.
 */
export type ValueKind =
  | 'empty'
  | 'digits'
  | 'token'
  | 'hash'
  | 'ciphertext'
  | 'identifier'
  | 'json'
  | 'text';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const JWT = /^[\w-]{10,}\.[\w-]{10,}\.[\w-]*$/;
const ENCODED = /^[A-Za-z0-9+/_-]{20,}={0,2}$/;
/** 16 bytes or more in hexadecimal, alone or as parts such as nonce:ciphertext:tag. */
const HEXADECIMAL = /^[0-9a-f]{32,}$|^[0-9a-f]{24,}(?::[0-9a-f]{8,})+$/i;
/** OpenSSL's "Salted__" in base64, PGP's armour, PostgreSQL's text form of bytea. */
const SEALED = /^(?:U2FsdGVkX1|-----BEGIN PGP|\\x[0-9a-f]{32,}$)/i;

/** How much of a value its patterns are held against: they overflow the stack on megabytes. */
const JUDGED_LENGTH = 8192;

/** Tells what a value looks like, without ever keeping it. In doubt, whatever could be no plaintext is called so. */
export function classifyValue(value: string | null): ValueKind {
  const whole = value?.trim() ?? '';
  if (whole === '') return 'empty';
  const text = whole.slice(0, JUDGED_LENGTH);
  if (/^\d{1,12}$/.test(text)) return 'digits';
  if (/^0x[0-9a-f]+$/i.test(text)) return 'token';
  if (identifyHash(text) !== undefined) return 'hash';
  if (isCiphertext(text) || HEXADECIMAL.test(text) || SEALED.test(text)) return 'ciphertext';
  if (UUID.test(text) || JWT.test(text) || looksEncoded(text)) return 'identifier';
  return isJson(whole) ? 'json' : 'text';
}

/** Random bytes in base64 mix capitals, small letters and digits; words and numbers do not. */
function looksEncoded(text: string): boolean {
  return (
    ENCODED.test(text) &&
    [/[A-Z]/, /[a-z]/, /\d/].filter((letters) => letters.test(text)).length >= 2
  );
}

function isJson(text: string): boolean {
  if (!/^[[{"]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
