import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyFile, readKeyFile } from './key-file.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keys-'));
  path = join(directory, 'keys.json');
});

afterEach(() => rm(directory, { recursive: true }));

/** Rewrites the key file with one thing changed. */
async function change(edit: (content: Record<string, never>) => void): Promise<void> {
  const content = JSON.parse(await readFile(path, 'utf8'));
  edit(content);
  await writeFile(path, JSON.stringify(content));
}

test('a key file is private, whole, and gives three different keys', async () => {
  await createKeyFile(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['keys.json']);
  const ring = await readKeyFile(path);
  const keys = (['pepper', 'encryption', 'blindIndex'] as const).map((purpose) =>
    ring.current(purpose).key.toString('hex'),
  );
  expect(new Set(keys).size).toBe(3);
  expect(keys.every((key) => key.length === 64)).toBe(true);
  expect(inspect(ring, { depth: 9 }) + JSON.stringify(ring)).toBe('KeyRing {}{}');
});

test('an existing file is never replaced, by two at once neither', async () => {
  await writeFile(path, 'precious');
  await expect(createKeyFile(path)).rejects.toThrow(/already exists\. Keep it/);
  expect(await readFile(path, 'utf8')).toBe('precious');
  await rm(path);
  const both = await Promise.allSettled([createKeyFile(path), createKeyFile(path)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await readKeyFile(path);
});

test('a dangling link is not written through', async () => {
  await symlink(join(directory, 'elsewhere'), path);
  await expect(createKeyFile(path)).rejects.toThrow(/already exists/);
  expect(await readdir(directory)).toEqual(['keys.json']);
});

test.runIf(process.platform !== 'win32')('a file that others can read is refused', async () => {
  await createKeyFile(path);
  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    await chmod(path, mode);
    await expect(readKeyFile(path)).rejects.toThrow(/can be read by others .*chmod 600/);
  }
});

test('each fault of a file has one clear sentence, and none shows a key', async () => {
  await expect(readKeyFile(path)).rejects.toThrow(/could not be opened/);
  await expect(readKeyFile(directory)).rejects.toThrow(/is not a key file/);
  await createKeyFile(path);
  const key = (await readKeyFile(path)).current('pepper').key.toString('base64');
  const faults: [(content: Record<string, never>) => void, RegExp][] = [
    [(c) => Object.assign(c, { format: 'x' }), /is not a key file/],
    [(c) => Object.assign(c, { version: 2 }), /has a version/],
    [(c) => Object.assign(c, { pepper: null }), /has no "pepper" keys/],
    [(c) => Object.assign(c, { pepper: { current: 'a', keys: { a: key.slice(4) } } }), /32 bytes/],
    [(c) => Object.assign(c, { pepper: { current: 'a', keys: { a: `${key}!` } } }), /32 bytes/],
    [(c) => Object.assign(c, { pepper: { current: 'a', keys: { a$b: key } } }), /not allowed/],
    [(c) => Object.assign(c, { pepper: { current: 'b', keys: { a: key } } }), /not in it/],
    [(c) => Object.assign(c, { pepper: { current: '__proto__', keys: { a: key } } }), /not in it/],
  ];
  for (const [edit, message] of faults) {
    await rm(path);
    await createKeyFile(path);
    await change(edit);
    const error = await readKeyFile(path).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(inspect(error)).not.toContain(key.slice(4, 20));
  }
  await writeFile(path, `{"pepper": "${key}`);
  const error = await readKeyFile(path).catch((thrown: unknown) => thrown);
  expect(inspect(error)).toMatch(/is not JSON/);
  expect(inspect(error)).not.toContain(key.slice(0, 8));
});

test('a key that is not in the ring is named, and told what to do', async () => {
  await createKeyFile(path);
  const ring = await readKeyFile(path);
  expect(() => ring.find('encryption', 'old')).toThrow(
    'The key ring has no encryption key "old". Use the key file that the value was written with.',
  );
});
