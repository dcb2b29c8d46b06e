/** Finds and removes secret values in JSON text, at any depth, also in JSON that was encoded again as a string. */
import { SECRET_KEYS } from './treatment.ts';

/** JSON text without its secrets, and the secrets that were in it. */
export interface StrippedJson {
  /** The same shape; each secret value is null. Equal to the input when it held none. */
  readonly text: string;
  /** The secret values as texts, in order; from a URL with a password also the password alone. */
  readonly secrets: readonly string[];
}

const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i;

/**
 * Replaces each secret value in a JSON text by null: strings and numbers anywhere below a key with a secret
 * name, and URLs with a password. Truth values stay. Undefined when the text is not a JSON object, array or
 * an encoding of one.
 */
export function stripJsonSecrets(text: string, secretKeys = SECRET_KEYS): StrippedJson | undefined {
  const isSecretKey = new RegExp(secretKeys, 'i');
  const secrets: string[] = [];

  const strip = (value: unknown, isSecret: boolean): unknown => {
    if (typeof value === 'string') {
      const inner = isSecret ? undefined : stripEncoded(value);
      if (inner !== undefined) return inner;
      const password = URL_WITH_PASSWORD.exec(value)?.[1];
      if (password !== undefined) secrets.push(password);
      if (!isSecret && password === undefined) return value;
      if (value === '') return value;
      secrets.push(value);
      return null;
    }
    if (typeof value === 'number' && isSecret) {
      secrets.push(String(value));
      return null;
    }
    if (Array.isArray(value)) return value.map((item) => strip(item, isSecret));
    if (typeof value === 'object' && value !== null) {
      // In place: an own key named __proto__ stays a key.
      const object = value as Record<string, unknown>;
      for (const key of Object.keys(object)) {
        object[key] = strip(object[key], isSecret || isSecretKey.test(key));
      }
    }
    return value;
  };

  /** JSON text once more inside: the same, stripped, or undefined when it is an ordinary string. */
  const stripEncoded = (encoded: string): string | undefined => {
    const value = parseContainer(encoded);
    if (value === undefined) return undefined;
    const found = secrets.length;
    const stripped = JSON.stringify(strip(value, false));
    return secrets.length === found ? encoded : stripped;
  };

  const result = stripEncoded(text);
  return result === undefined ? undefined : { text: result, secrets };
}

/** The value of a JSON text that is an object, an array, or a string which again holds such a text. */
function parseContainer(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' && parseContainer(value) === undefined ? undefined : value;
  } catch {
    return undefined;
  }
}
