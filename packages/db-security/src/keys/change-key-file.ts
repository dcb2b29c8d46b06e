/**
 * Changes of a key file: a new key, another current one, one less. The new text is written into `<file>.lock`, which
 * only one process can make, and then takes the place of the old file in one step; so a reader always finds a whole
 * file, of two changes at once the second builds on the first, and a process that is killed changes nothing.
 */
import type { FileHandle } from 'node:fs/promises';
import { open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyFileError } from '../errors.ts';
import { type KeySets, newKey, newKeyId, parseKeys, serialiseKeys } from './key-file-format.ts';
import type { KeyPurpose } from './key-ring.ts';
import { readPrivateFile } from './private-file.ts';

/** Which new key {@link addKey} makes. */
export interface AddKeyOptions {
  /** @default 'encryption' */
  readonly purpose?: KeyPurpose | undefined;
  /**
   * Whether new values are made with it at once. Where several processes share the file, first add the key without
   * this, let all of them read the file again, then {@link setCurrentKey}: else the slow ones cannot read what the
   * quick ones write.
   * @default true
   */
  readonly current?: boolean | undefined;
}

/** One key of a file. */
export interface KeyChoice {
  /** @default 'encryption' */
  readonly purpose?: KeyPurpose | undefined;
  readonly id: string;
}

/**
 * Adds a random 32-byte key to a key file and gives its id. Values that exist stay under their old keys, which stay in
 * the file, until `rotateFields` has brought them under the new one. Back the file up afterwards.
 *
 * @throws {KeyFileError} when the file cannot be read, changed, or is being changed by others for over five seconds.
 *
 * @example
 * ```ts
 * const id = await addKey('keys.json');
 * await rotateFields({ db, columns, keyRing: await readKeyFile('keys.json') });
 * await retireKey('keys.json', { id: former, db });
 * ```
 */
export async function addKey(path: string, options: AddKeyOptions = {}): Promise<string> {
  const { purpose = 'encryption', current = true } = options;
  let id = newKeyId();
  await changeKeyFile(path, (sets) => {
    const set = sets[purpose];
    while (set.keys.has(id)) id = newKeyId();
    const keys = new Map(set.keys).set(id, newKey());
    return { ...sets, [purpose]: { current: current ? id : set.current, keys } };
  });
  return id;
}

/**
 * Makes a key of the file the one that new values are made with.
 *
 * @throws {KeyFileError} when the file does not hold it, or cannot be read or changed.
 */
export async function setCurrentKey(path: string, choice: KeyChoice): Promise<void> {
  const { purpose = 'encryption', id } = choice;
  await changeKeyFile(path, (sets) => {
    assertHolds(sets, path, choice);
    return { ...sets, [purpose]: { ...sets[purpose], current: id } };
  });
}

/** Takes a key out of a file; whoever calls this knows that nothing needs it. */
export async function removeKey(path: string, choice: KeyChoice): Promise<void> {
  const { purpose = 'encryption', id } = choice;
  await changeKeyFile(path, (sets) => {
    assertRetirable(sets, path, choice);
    const keys = new Map(sets[purpose].keys);
    keys.delete(id);
    return { ...sets, [purpose]: { ...sets[purpose], keys } };
  });
}

/** @throws {KeyFileError} when the file does not hold the key, or makes new values with it. */
export function assertRetirable(sets: KeySets, path: string, choice: KeyChoice): void {
  const { purpose = 'encryption', id } = choice;
  assertHolds(sets, path, choice);
  if (sets[purpose].current === id) {
    throw new KeyFileError(
      `The ${purpose} key "${id}" of ${path} is the current one. Add another with addKey and rotate first.`,
    );
  }
}

function assertHolds(sets: KeySets, path: string, { purpose = 'encryption', id }: KeyChoice): void {
  if (sets[purpose].keys.has(id)) return;
  throw new KeyFileError(
    `The key file ${path} has no ${purpose} key "${id}". Name one that it holds: ${[...sets[purpose].keys.keys()].join(', ')}.`,
  );
}

async function changeKeyFile(path: string, change: (sets: KeySets) => KeySets): Promise<void> {
  // A link to the file stays a link.
  const target = await realpath(path).catch(() => path);
  const lock = `${target}.lock`;
  const file = await takeLock(lock, path);
  try {
    try {
      const { text, stats } = await readPrivateFile(target);
      const changed = serialiseKeys(change(parseKeys(text, path)));
      await file.chmod(0o600);
      // Changed by root, it stays readable for its owner.
      if (process.getuid?.() === 0) await file.chown(stats.uid, stats.gid);
      await file.writeFile(changed);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(lock, target);
  } catch (error) {
    await unlink(lock).catch(() => {});
    if (error instanceof KeyFileError) throw error;
    throw notWritten(path, error);
  }
  await syncDirectory(dirname(target));
}

const LOCK_WAIT_MS = 5_000;

/** Makes the lock file, waiting for whoever has it. */
async function takeLock(lock: string, path: string): Promise<FileHandle> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  while (true) {
    try {
      return await open(lock, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritten(path, error);
      if (performance.now() >= deadline) {
        throw new KeyFileError(
          `The key file ${path} is being changed by another process, or one was killed while it did. If none is at work, delete ${lock} and try again: what it holds is in no use yet.`,
          { cause: error },
        );
      }
      await sleep(20 + 30 * Math.random());
    }
  }
}

function notWritten(path: string, cause: unknown): KeyFileError {
  return new KeyFileError(
    `The key file ${path} could not be changed. Check that its directory exists and can be written.`,
    { cause },
  );
}

/** Without this the new name may be gone after a power cut; some file systems do not know it. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    await directory.sync().finally(() => directory.close());
  } catch {
    // The file itself is safe on disk.
  }
}
