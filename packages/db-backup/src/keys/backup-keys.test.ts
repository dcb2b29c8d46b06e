import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ageKeys } from '../../test/age-keys.ts';
import { age, hasAge } from '../../test/age-program.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { BackupKeyError } from '../errors.ts';
import { createBackupKeys, readBackupKeys, readPassphraseFile } from './backup-keys.ts';

const folder = temporaryFolder();
let files = 0;

async function fileWith(text: string, mode = 0o600): Promise<string> {
  const path = join(folder, `file-${files++}`);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

it('makes keys once, in a file of mode 0600, and reads them', async () => {
  const path = join(folder, 'backup.keys');
  const made = await createBackupKeys(path);
  expect(made.recipient).toMatch(/^age1[0-9a-z]{58}$/);
  expect(made.publicKey).toMatch(/^ed25519:[\w-]{43}$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const read = await readBackupKeys(path);
  expect(read.identities).toEqual([expect.stringMatching(/^AGE-SECRET-KEY-1/)]);
  expect(read.trustedKeys).toEqual([made.publicKey]);
  const before = await readFile(path, 'utf8');
  await expect(createBackupKeys(path)).rejects.toThrow(/already exists\. Keep it/);
  expect(await readFile(path, 'utf8')).toBe(before);
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  await expect(createBackupKeys(join(folder, 'none', 'x'))).rejects.toThrow(/ENOENT/);
});

it.skipIf(!hasAge)('is a file that age reads (skipped where age is not on PATH)', async () => {
  const path = join(folder, 'for-age.keys');
  const { recipient } = await createBackupKeys(path);
  const encrypted = await fileWith('');
  await writeFile(encrypted, age(['--encrypt', '--recipient', recipient], Buffer.from('hello')));
  expect(String(age(['--decrypt', '--identity', path, encrypted]))).toBe('hello');
});

it('reads several files put together, and one without the identity', async () => {
  const [first, second] = [join(folder, 'a'), join(folder, 'b')];
  const made = [await createBackupKeys(first), await createBackupKeys(second)];
  const text = `${await readFile(first, 'utf8')}\r\n${await readFile(second, 'utf8')}`;
  const both = await readBackupKeys(await fileWith(text));
  expect(both.identities).toHaveLength(2);
  expect(both.trustedKeys).toEqual(made.map(({ publicKey }) => publicKey));
  const onlySigning = text.replaceAll(/^AGE-SECRET-KEY.*\n/gm, '');
  expect(await readBackupKeys(await fileWith(onlySigning))).toMatchObject({ identities: [] });
  const { identity } = await ageKeys();
  expect(await readBackupKeys(await fileWith(`${identity}\n`))).toEqual({
    identities: [identity],
  });
});

it('refuses a file that others may read, whatever they may do with it', async () => {
  const { identity } = await ageKeys();
  for (const mode of [0o604, 0o640, 0o602, 0o610, 0o644, 0o777]) {
    const path = await fileWith(identity, mode);
    const reading = readBackupKeys(path);
    await expect(reading).rejects.toThrow(BackupKeyError);
    await expect(reading).rejects.toThrow(`(mode ${mode.toString(8)}). Run chmod 600`);
    await expect(readPassphraseFile(path)).rejects.toThrow('Run chmod 600');
  }
  expect((await readBackupKeys(await fileWith(identity, 0o400))).identities).toHaveLength(1);
});

it('refuses what is no key file, and shows nothing of it', async () => {
  const directory = join(folder, 'directory');
  await mkdir(directory);
  const wrong = [
    directory,
    join(folder, 'nowhere'),
    await fileWith(''),
    await fileWith('# a comment only\n'),
    await fileWith('hunter2\n'),
    await fileWith('# TOTHUB-SIGNING-KEY-1:hunter2\n'),
    await fileWith(`# TOTHUB-SIGNING-KEY-1:${'A'.repeat(43)}:${'*'.repeat(43)}\n`),
    await fileWith('x'.repeat(2 << 20)),
  ];
  for (const path of wrong) {
    const error: unknown = await readBackupKeys(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BackupKeyError);
    expect((error as Error).message).not.toMatch(/hunter2|AAAA/);
  }
});

it('takes the first line of a passphrase file', async () => {
  expect(await readPassphraseFile(await fileWith(' four words ü \r\nrest'))).toBe(' four words ü ');
  await expect(readPassphraseFile(await fileWith('\nrest'))).rejects.toThrow('is empty');
});
