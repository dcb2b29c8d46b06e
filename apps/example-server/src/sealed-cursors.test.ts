import { InvalidInputError } from '@tothub/db-core';
import { expect, test } from 'vitest';
import { sealedCursors } from './sealed-cursors.ts';

const cursors = sealedCursors('a secret of the server');

test('gives back what it sealed, and seals the same cursor to the same word', () => {
  for (const cursor of ['', 'eyJ2IjoxfQ', 'é\u{1F418}', 'x'.repeat(6_000)]) {
    const sealed = cursors.seal(cursor);
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(cursors.seal(cursor)).toBe(sealed);
    expect(cursors.open(sealed)).toBe(cursor);
  }
});

test('refuses what was changed in any place, cut, or sealed with another secret', () => {
  const sealed = cursors.seal('eyJ2IjoxfQ');
  const bytes = Buffer.from(sealed, 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(() => cursors.open(changed.toString('base64url'))).toThrow(InvalidInputError);
    expect(() => cursors.open(bytes.subarray(0, at).toString('base64url'))).toThrow(
      InvalidInputError,
    );
  }
  const foreign = sealedCursors('another secret').seal('eyJ2IjoxfQ');
  expect(() => cursors.open(foreign)).toThrow(InvalidInputError);
});
