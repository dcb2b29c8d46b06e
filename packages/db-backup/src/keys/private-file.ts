/** Files with secrets: written once, read only when nobody else may read them. */

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupKeyError, errorCode } from '../errors.ts';

const SIZE_LIMIT_BYTES = 1 << 20;

/**
 * Reads a small file of mode 0600 (0400).
 *
 * @throws BackupKeyError when it is missing, no file, too large, or open to others
 */
export async function readPrivateFile(path: string): Promise<string> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // A pipe must not keep us waiting for its writer.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw new BackupKeyError(
      `${path} could not be opened (${errorCode(cause)}). Name an existing file that this user may read.`,
      { cause },
    );
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > SIZE_LIMIT_BYTES) {
      throw new BackupKeyError(`${path} is no key or passphrase file. Name one.`);
    }
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      throw new BackupKeyError(
        `${path} can be read by others (mode ${(stats.mode & 0o777).toString(8)}). Run chmod 600 on it, and replace what is in it if anyone may have read it.`,
      );
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Writes a file of mode 0600, whole or not at all. @throws BackupKeyError when there is one already */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const unfinished = join(dirname(path), `.${randomUUID()}.keys`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename, a link fails when the name is taken.
    await link(unfinished, path);
  } catch (cause) {
    throw new BackupKeyError(
      errorCode(cause) === 'EEXIST'
        ? `${path} already exists. Keep it, or choose another path: without its keys, backups made with them cannot be read.`
        : `${path} could not be written (${errorCode(cause)}). Name a folder that exists and can be written.`,
      { cause },
    );
  } finally {
    await unlink(unfinished).catch(() => undefined);
  }
}
