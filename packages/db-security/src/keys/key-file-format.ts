/** What stands in a key file: JSON with one set of keys for each purpose. */
import { randomBytes } from 'node:crypto';
import { KeyFileError } from '../errors.ts';
import { type KeyPurpose, type KeySet, keyPurposes } from './key-ring.ts';

/** The sets of a ring. */
export type KeySets = Readonly<Record<KeyPurpose, KeySet>>;

const FORMAT = 'db-security-keys';
const VERSION = 1;
const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** A new random key. */
export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** A new key id: the day, and enough to tell the keys of one day apart. */
export function newKeyId(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  return `${day}-${randomBytes(3).toString('hex')}`;
}

/** The text of a key file. */
export function serialiseKeys(sets: KeySets): string {
  const content: Record<string, unknown> = { format: FORMAT, version: VERSION };
  for (const purpose of keyPurposes) {
    const { current, keys } = sets[purpose];
    const encoded = [...keys].map(([id, key]) => [id, key.toString('base64')]);
    content[purpose] = { current, keys: Object.fromEntries(encoded) };
  }
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Reads the text of a key file.
 *
 * @throws {KeyFileError} naming the path and the fault, never a key.
 */
export function parseKeys(text: string, path: string): KeySets {
  const refuse = (what: string): never => {
    throw new KeyFileError(`The key file ${path} ${what}. Restore it from its backup.`);
  };
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is no cause to keep.
    refuse('is not JSON');
  }
  if (!isRecord(content) || content.format !== FORMAT) return refuse('is not a key file');
  if (content.version !== VERSION) return refuse('has a version that this package does not know');
  const parsed: Partial<Record<KeyPurpose, KeySet>> = {};
  for (const purpose of keyPurposes) {
    const set = content[purpose];
    if (!isRecord(set) || typeof set.current !== 'string' || !isRecord(set.keys)) {
      return refuse(`has no "${purpose}" keys`);
    }
    const keys = new Map<string, Buffer>();
    for (const [id, encoded] of Object.entries(set.keys)) {
      if (!KEY_ID.test(id)) return refuse(`has a "${purpose}" key with an id that is not allowed`);
      const key = typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : undefined;
      if (key?.length !== KEY_BYTES || key.toString('base64') !== encoded) {
        return refuse(`has a "${purpose}" key that is not ${KEY_BYTES} bytes in base64`);
      }
      keys.set(id, key);
    }
    if (!keys.has(set.current)) return refuse(`names a current "${purpose}" key that is not in it`);
    parsed[purpose] = { current: set.current, keys };
  }
  return parsed as KeySets;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
