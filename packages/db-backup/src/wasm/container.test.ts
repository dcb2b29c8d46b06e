import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { writeCheckedFile } from '../storage/checked-file.ts';
import { draftIn } from '../storage/directory-storage.ts';
import { readParts, writePart } from './container.ts';

const folder = temporaryFolder();
let files = 0;

async function write(contents: readonly Uint8Array[]): Promise<string> {
  const name = String(files++);
  await writeCheckedFile(draftIn(folder, ''), name, async (file) => {
    await writePart(file, { kind: 'begin', format: 'tothub-dump', formatVersion: 1 });
    for (const [index, bytes] of contents.entries()) {
      await writePart(file, { kind: 'table', schema: 's\n', name: `t${index}`, columns: ['"'] }, [
        bytes,
      ]);
    }
    await writePart(file, { kind: 'end', parts: contents.length + 1 });
  });
  return join(folder, name);
}

async function read(path: string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const part of readParts(createReadStream(path))) {
    const bytes = await buffer(part.contents);
    if (part.header.kind === 'table') found.push(bytes);
  }
  return found;
}

it('gives back the bytes of every part', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
      async (contents) => {
        expect(await read(await write(contents))).toEqual(
          contents.map((bytes) => Buffer.from(bytes)),
        );
      },
    ),
    { numRuns: 30 },
  );
});

it('carries parts that are larger than any buffer', async () => {
  const large = randomBytes(3_000_000);
  const [found] = await read(await write([large]));
  expect(found?.equals(large)).toBe(true);
});

it('refuses a file cut at any length', async () => {
  const path = await write([Buffer.from('one row'), Buffer.from('another')]);
  const whole = await readFile(path);
  for (let length = 0; length < whole.length; length += 3) {
    await writeFile(path, whole);
    await truncate(path, length);
    await expect(read(path)).rejects.toThrow();
  }
});
