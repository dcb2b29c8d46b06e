/**
 * The key file: JSON, mode 0600, one set of keys for each purpose. It is made once and then only read;
 * whoever loses it loses every peppered hash, blind index and ciphertext made with it.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KeyFileError } from '../errors.ts';
import { type KeyPurpose, KeyRing, type KeySet, keyPurposes } from './key-ring.ts';

const FORMAT = 'db-security-keys';
const VERSION = 1;
const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const FILE_SIZE_LIMIT_BYTES = 1024 * 1024;

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
  const id = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(3).toString('hex')}`;
  const content: Record<string, unknown> = { format: FORMAT, version: VERSION };
  for (const purpose of keyPurposes) {
    content[purpose] = {
      current: id,
      keys: { [id]: randomBytes(KEY_BYTES).toString('base64') },
    };
  }
  const unfinished = join(dirname(path), `.${randomUUID()}.keys`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.chmod(0o600); // Whatever the umask took away, the owner can read what was written.
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
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
  return parseKeys(await readPrivateFile(path), path);
}

async function readPrivateFile(path: string): Promise<string> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new KeyFileError(
      `The key file ${path} could not be opened. Name an existing one, or make one with createKeyFile.`,
      { cause },
    );
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > FILE_SIZE_LIMIT_BYTES) {
      throw new KeyFileError(`${path} is not a key file. Name the file that createKeyFile wrote.`);
    }
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      throw new KeyFileError(
        `The key file ${path} can be read by others (mode ${(stats.mode & 0o777).toString(8)}). Run chmod 600 on it, and replace the keys if anyone may have read them.`,
      );
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function parseKeys(text: string, path: string): KeyRing {
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
  return new KeyRing(parsed as Record<KeyPurpose, KeySet>);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
