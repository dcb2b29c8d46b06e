import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type KeyRing, readKeyFile } from '@tothub/db-security';
import { usageError } from '../exit.ts';

/** The key file that `--keys` or `TOTHUB_KEYS_FILE` names. */
export function keyFilePath(flag: string | undefined): string | undefined {
  return flag ?? (process.env.TOTHUB_KEYS_FILE || undefined);
}

/**
 * Opens the key file, if one is named.
 *
 * @throws CliError (exit 2) when one is required and none is named.
 */
export function openKeyRing(flag: string | undefined, required: true): Promise<KeyRing>;
export function openKeyRing(
  flag: string | undefined,
  required: boolean,
): Promise<KeyRing | undefined>;
export async function openKeyRing(
  flag: string | undefined,
  required: boolean,
): Promise<KeyRing | undefined> {
  const path = keyFilePath(flag);
  if (path !== undefined) {
    if (!existsSync(path))
      throw usageError(
        `There is no key file ${path}.`,
        'Make one with tothub-db secure init --keys FILE.',
      );
    return readKeyFile(path);
  }
  if (!required) return undefined;
  throw usageError(
    'This needs a key file, and none was named.',
    'Make one with tothub-db secure init --keys FILE, then name it with --keys or TOTHUB_KEYS_FILE.',
  );
}

/**
 * Reads the key of the legacy cipher from the file that `--legacy-cipher-key` names, or from
 * `TOTHUB_LEGACY_CIPHER_KEY`. The key itself never stands on the command line, where others can read it.
 */
export async function readLegacyCipherKey(flag: string | undefined): Promise<string | undefined> {
  if (flag === undefined) return process.env.TOTHUB_LEGACY_CIPHER_KEY || undefined;
  try {
    return (await readFile(flag, 'utf8')).replace(/\r?\n$/, '');
  } catch {
    throw usageError(
      'The file of --legacy-cipher-key could not be read.',
      'Pass the path of a file that holds the key, never the key itself.',
    );
  }
}
