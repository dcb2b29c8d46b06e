/** Reading a file that only its owner may read. */
import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KeyFileError } from '../errors.ts';

const SIZE_LIMIT_BYTES = 1024 * 1024;

/** A file's text and what is known of it. */
export interface PrivateFile {
  readonly text: string;
  readonly stats: Stats;
}

/**
 * Reads a key file.
 *
 * @throws {KeyFileError} when it is missing, no file, or readable by group or others.
 */
export async function readPrivateFile(path: string): Promise<PrivateFile> {
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
    if (!stats.isFile() || stats.size > SIZE_LIMIT_BYTES) {
      throw new KeyFileError(`${path} is not a key file. Name the file that createKeyFile wrote.`);
    }
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      throw new KeyFileError(
        `The key file ${path} can be read by others (mode ${(stats.mode & 0o777).toString(8)}). Run chmod 600 on it, and replace the keys if anyone may have read them.`,
      );
    }
    return { text: await file.readFile('utf8'), stats };
  } finally {
    await file.close();
  }
}
