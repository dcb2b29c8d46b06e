import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addKey, removeKey, setCurrentKey } from './change-key-file.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';
import { keyPurposes } from './key-ring.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keys-'));
  path = join(directory, 'keys.json');
  await createKeyFile(path);
});

afterEach(() => rm(directory, { recursive: true }));

test('a new key is current, the old ones stay, and no other purpose is touched', async () => {
  const before = await readKeyFile(path);
  const id = await addKey(path);
  const after = await readKeyFile(path);
  expect(after.ids('encryption')).toEqual([id, before.current('encryption').id]);
  const old = before.current('encryption');
  expect(after.find('encryption', old.id).key).toEqual(old.key);
  for (const purpose of ['pepper', 'blindIndex'] as const) {
    expect(after.current(purpose)).toEqual(before.current(purpose));
    expect(after.ids(purpose)).toHaveLength(1);
  }
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['keys.json']);
});

test('a key can wait in the file until every process has read it, then become current', async () => {
  for (const purpose of keyPurposes) {
    const { id: former } = (await readKeyFile(path)).current(purpose);
    const id = await addKey(path, { purpose, current: false });
    expect((await readKeyFile(path)).ids(purpose)).toEqual([former, id]);
    await setCurrentKey(path, { purpose, id });
    expect((await readKeyFile(path)).current(purpose).id).toBe(id);
  }
});

test('the current key is not taken away, nor one that is not there', async () => {
  const { id: former } = (await readKeyFile(path)).current('encryption');
  await expect(removeKey(path, { id: former })).rejects.toThrow(
    /is the current one\. Add another with addKey and rotate first/,
  );
  const id = await addKey(path);
  await removeKey(path, { id: former });
  expect((await readKeyFile(path)).ids('encryption')).toEqual([id]);
  await expect(removeKey(path, { id: former })).rejects.toThrow(/has no encryption key/);
  await expect(setCurrentKey(path, { id: former })).rejects.toThrow(
    new RegExp(`has no encryption key "${former}"\\. Name one that it holds: ${id}\\.`),
  );
  expect(await readdir(directory)).toEqual(['keys.json']);
});

test('of many changes at once none is lost, across processes too', async () => {
  const source = JSON.stringify(new URL('./change-key-file.ts', import.meta.url).href);
  const script = `import(${source}).then(({ addKey }) => addKey(process.argv[1]).then(console.log))`;
  const [inside, outside] = await Promise.all([
    Promise.all(Array.from({ length: 8 }, () => addKey(path))),
    Promise.all(
      Array.from({ length: 3 }, () =>
        promisify(execFile)(process.execPath, [
          '--conditions=@tothub/source',
          '--disable-warning=ExperimentalWarning',
          '-e',
          script,
          path,
        ]),
      ),
    ),
  ]);
  const ring = await readKeyFile(path);
  expect(ring.ids('encryption')).toHaveLength(12);
  for (const id of [...inside, ...outside.map(({ stdout }) => stdout.trim())]) {
    ring.find('encryption', id);
  }
  expect(await readdir(directory)).toEqual(['keys.json']);
});

test('a lock that a killed process left is named, and the file is as it was', {
  timeout: 15_000,
}, async () => {
  const before = await readFile(path, 'utf8');
  await writeFile(`${path}.lock`, 'half');
  await expect(addKey(path)).rejects.toThrow(/If none is at work, delete .*keys\.json\.lock/);
  expect(await readFile(path, 'utf8')).toBe(before);
  expect(await readFile(`${path}.lock`, 'utf8')).toBe('half');
  await rm(`${path}.lock`);
  await addKey(path);
});

test('a file at the end of a link is changed there, and the link stays', async () => {
  const link = join(directory, 'link.json');
  await symlink(path, link);
  const id = await addKey(link);
  expect((await readKeyFile(path)).current('encryption').id).toBe(id);
  expect((await stat(link)).ino).toBe((await stat(path)).ino);
});

test('what is no key file, or open to others, is not touched', async () => {
  await chmod(path, 0o644);
  await expect(addKey(path)).rejects.toThrow(/can be read by others/);
  await chmod(path, 0o600);
  const key = (await readKeyFile(path)).current('encryption').key.toString('base64');
  await writeFile(path, `{"encryption": "${key}`);
  const error = await addKey(path).catch((thrown: unknown) => thrown);
  expect(inspect(error)).toMatch(/is not JSON/);
  expect(inspect(error)).not.toContain(key.slice(0, 8));
  await expect(addKey(join(directory, 'none.json'))).rejects.toThrow(/could not be opened/);
  await expect(addKey(join(directory, 'none', 'keys.json'))).rejects.toThrow(
    /could not be changed/,
  );
  expect(await readdir(directory)).toEqual(['keys.json']);
});
