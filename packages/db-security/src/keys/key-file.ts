/**
 * The key file: JSON, mode 0600, one set of keys for each purpose. Whoever loses it loses every peppered hash,
 * blind index and ciphertext made with it. How its keys change is in change-key-file.ts.
 */
import { randomUUID } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KeyFileError } from '../errors.ts';
import { newKey, newKeyId, parseKeys, serialiseKeys } from './key-file-format.ts';
import { KeyRing } from './key-ring.ts';
import { readPrivateFile } from './private-file.ts';

/**
 * Writes a new key file with one random 32-byte key for each purpose, mode 0600.
 * The file appears whole or not at all, and an existing one is never replaced.
 *
 * @throws {KeyFileError} when the path exists or cannot be written.
 *
 * @example
 * ```ts
 * await createKeyFile('/etc/app/keys.json');
 * ```
 */
export async function createKeyFile(path: string): Promise<void> {
  const id = newKeyId();
  const newSet = () => ({ current: id, keys: new Map([[id, newKey()]]) });
  const text = serialiseKeys({ pepper: newSet(), encryption: newSet(), blindIndex: newSet() });
  const unfinished = join(dirname(path), `.${randomUUID()}.keys`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.chmod(0o600); // Whatever the umask took away, the owner can read what was written.
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, fails when the name is taken: no key file is ever overwritten.
    await link(unfinished, path);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new KeyFileError(
      taken
        ? `The key file ${path} already exists. Keep it, or choose another path: replacing keys loses all that was made with them.`
        : `The key file ${path} could not be written. Check that its directory exists and can be written.`,
      { cause: error },
    );
  } finally {
    await unlink(unfinished).catch(() => {});
  }
}

/**
 * Reads a key file into a {@link KeyRing}.
 *
 * @throws {KeyFileError} when it is missing, readable by group or others, or not a key file.
 */
export async function readKeyFile(path: string): Promise<KeyRing> {
  const { text } = await readPrivateFile(path);
  return new KeyRing(parseKeys(text, path));
}
