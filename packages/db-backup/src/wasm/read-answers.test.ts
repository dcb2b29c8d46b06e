import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAnswerReader } from './read-answers.ts';

function message(type: string, body: string): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(Buffer.byteLength(body) + 4, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

it('gives whole answers however the bytes are cut', () => {
  const answer = fc.array(fc.string({ maxLength: 20 }), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 4 }), fc.array(fc.nat(9)), (answers, cuts) => {
      const expected = answers.map((rows) =>
        Buffer.concat([...rows.map((row) => message('D', row)), message('Z', 'I')]),
      );
      const bytes = Buffer.concat(expected);
      const found: Buffer[] = [];
      const read = createAnswerReader((whole) => found.push(whole));
      let at = 0;
      for (const cut of cuts) {
        read(bytes.subarray(at, at + cut));
        at += cut;
      }
      read(bytes.subarray(at));
      expect(found.map(String)).toEqual(expected.map(String));
    }),
  );
});
