import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../../test/age-keys.ts';
import { age, hasAge } from '../../test/age-program.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import {
  BackupDamagedError,
  BackupKeyError,
  IdentityMissingError,
  WrongIdentityError,
} from '../errors.ts';
import { draftIn } from '../storage/directory-storage.ts';
import { writeBackupFile } from '../storage/write-backup-file.ts';
import { assertEncryption } from './age-header.ts';
import { CHUNK_BYTES, SEALED_CHUNK_BYTES } from './chunk-cipher.ts';
import { decrypt } from './decrypt.ts';
import type { BackupEncryption, BackupIdentity } from './encryption.ts';

const folder = temporaryFolder();
const draft = draftIn(folder, '');
const passphrase = 'correct horse battery staple ü';
let identity: string;
let recipient: string;
let files = 0;

beforeAll(async () => {
  ({ identity, recipient } = await ageKeys());
});

async function encrypt(
  pieces: readonly Uint8Array[],
  encryption: BackupEncryption = { recipients: [recipient] },
): Promise<string> {
  const name = String(files++);
  await writeBackupFile(draft, name, encryption, async (file) => {
    for (const piece of pieces) await file.write(piece);
  });
  return join(folder, `${name}.age`);
}

/** Reads in pieces of any size, as a network would deliver them. */
const open = (path: string, identities?: readonly BackupIdentity[]) =>
  decrypt(
    createReadStream(path, { highWaterMark: 500 + Math.floor(Math.random() * 200_000) }),
    path,
    identities,
  );

const read = (path: string, identities: readonly BackupIdentity[] = [identity]) =>
  buffer(open(path, identities));

async function copyOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `copy-${files++}`);
  await writeFile(path, bytes);
  return path;
}

/** Lengths at which something begins or ends: chunks, batches of sixteen, reads of one MiB. */
const lengths = [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES, 16 * CHUNK_BYTES, 17 * CHUNK_BYTES].flatMap(
  (length) => [length - 1, length, length + 1],
);

it('gives back what it encrypted, of every length and in pieces of every size', async () => {
  for (const length of lengths.filter((each) => each >= 0)) {
    const bytes = randomBytes(length);
    expect((await read(await encrypt([bytes]))).equals(bytes)).toBe(true);
  }
  const pieces = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, async (sizes) => {
      const parts = sizes.map((size) => randomBytes(size));
      expect((await read(await encrypt(parts))).equals(Buffer.concat(parts))).toBe(true);
    }),
    { numRuns: 15 },
  );
});

it('says length and SHA-256 of what lies there and of what is in it', async () => {
  const { stored, plain } = await writeBackupFile(
    draft,
    'measured',
    { recipients: [recipient] },
    (file) => file.write(Buffer.from('abc')),
  );
  expect(plain).toEqual({
    name: 'measured',
    bytes: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
  const bytes = await readFile(join(folder, 'measured.age'));
  expect(stored).toMatchObject({ name: 'measured.age', bytes: bytes.length });
});

it('encrypts for several, each of whom opens it alone', async () => {
  const other = await ageKeys();
  const path = await encrypt([Buffer.from('for two')], {
    recipients: [recipient, other.recipient],
  });
  for (const key of [identity, other.identity]) {
    expect(String(await read(path, [key]))).toBe('for two');
  }
});

describe.skipIf(!hasAge)('the program age (skipped where it is not on PATH)', () => {
  it('decrypts what is encrypted here', async () => {
    const bytes = randomBytes(3 * CHUNK_BYTES);
    const keyFile = await copyOf(Buffer.from(`# a comment\n${identity}\n`));
    const path = await encrypt([bytes]);
    expect(age(['--decrypt', '--identity', keyFile, path]).equals(bytes)).toBe(true);
    expect(age(['--decrypt', '--identity', keyFile, await encrypt([])])).toHaveLength(0);
  });

  it('encrypts what is decrypted here', async () => {
    for (const length of [0, 5, CHUNK_BYTES, 17 * CHUNK_BYTES + 3]) {
      const bytes = randomBytes(length);
      const path = await copyOf(age(['--encrypt', '--recipient', recipient], bytes));
      expect((await read(path)).equals(bytes)).toBe(true);
    }
  });
});

describe('with a passphrase', () => {
  let path: string;

  beforeAll(async () => {
    path = await encrypt([Buffer.from('by word')], { passphrase });
  });

  it('opens with that passphrase only, with the work factor of age', async () => {
    expect((await readFile(path, 'latin1')).split('\n')[1]).toMatch(/^-> scrypt \S{22} 18$/);
    expect(String(await read(path, [identity, { passphrase }]))).toBe('by word');
    await expect(read(path, [{ passphrase: 'wrong' }])).rejects.toThrow(WrongIdentityError);
    await expect(read(path)).rejects.toThrow(WrongIdentityError);
  });

  it('is what the library of age expects', async () => {
    const { Decrypter } = await import('age-encryption');
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    expect(await decrypter.decrypt(await readFile(path), 'text')).toBe('by word');
  });

  it('does not obey a header that asks for more work, or is not alone', async () => {
    const text = await readFile(path, 'latin1');
    for (const factor of ['19', '30', '63', '1e9', '018', '-1', '999999999999']) {
      const hostile = await copyOf(Buffer.from(text.replace(/ 18\n/, ` ${factor}\n`), 'latin1'));
      await expect(read(hostile, [{ passphrase }])).rejects.toThrow(
        /asks for a scrypt work factor of \S+; 18 is the most that is allowed/,
      );
    }
    const [version = '', ...rest] = text.split('\n');
    const stanza = ['-> X25519 abc', 'AAAA'];
    const mixed = await copyOf(Buffer.from([version, ...stanza, ...rest].join('\n'), 'latin1'));
    await expect(read(mixed, [{ passphrase }])).rejects.toThrow(/in a way that age does not/);
  });
});

describe('whoever changes a file', () => {
  let whole: Buffer;

  beforeAll(async () => {
    whole = await readFile(await encrypt([randomBytes(2 * CHUNK_BYTES + 77)]));
  });

  const refused = async (bytes: Uint8Array): Promise<void> => {
    const error: unknown = await read(await copyOf(bytes)).catch((thrown: unknown) => thrown);
    // A stanza that was changed may no longer be for us.
    expect([BackupDamagedError, WrongIdentityError]).toContain((error as Error).constructor);
  };

  it('is found out at any one byte', async () => {
    const payload = whole.indexOf('\n--- ') + 5;
    const places = fc.oneof(fc.nat(payload), fc.nat(whole.length - 1));
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        await refused(bytes);
      }),
      { numRuns: 120 },
    );
  });

  it('is found out at any length, at the end of a chunk too', async () => {
    const payload = whole.length - 2 * SEALED_CHUNK_BYTES - 77 - 16;
    const boundaries = [0, 1, 2].flatMap((chunk) => {
      const at = payload + chunk * SEALED_CHUNK_BYTES;
      return [at - 1, at, at + 1, at + 15, at + 16, at + 17];
    });
    for (const length of boundaries) await refused(whole.subarray(0, length));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), (length) => refused(whole.subarray(0, length))),
      { numRuns: 30 },
    );
    await refused(Buffer.concat([whole, Buffer.from([0])]));
  });

  it('is found out when chunks are swapped, left out, repeated or taken from another file', async () => {
    const payload = whole.length - 2 * SEALED_CHUNK_BYTES - 77 - 16;
    const header = whole.subarray(0, payload);
    const first = whole.subarray(payload, payload + SEALED_CHUNK_BYTES);
    const second = whole.subarray(payload + SEALED_CHUNK_BYTES, payload + 2 * SEALED_CHUNK_BYTES);
    const last = whole.subarray(payload + 2 * SEALED_CHUNK_BYTES);
    const other = await readFile(await encrypt([randomBytes(2 * CHUNK_BYTES + 77)]));
    for (const parts of [
      [second, first, last],
      [first, last],
      [first, first, second, last],
      [first, second, last, last],
      [first, second],
      [first, other.subarray(payload + SEALED_CHUNK_BYTES)],
    ]) {
      await refused(Buffer.concat([header, ...parts]));
    }
    await refused(Buffer.concat([other.subarray(0, payload), whole.subarray(payload)]));
  });

  it('gets no piece out that is not authentic', async () => {
    const bytes = Buffer.from(whole);
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
    const path = await copyOf(bytes);
    let given = 0;
    const reading = async (): Promise<void> => {
      for await (const piece of open(path, [identity])) given += piece.length;
    };
    await expect(reading()).rejects.toThrow(BackupDamagedError);
    expect(given).toBe(2 * CHUNK_BYTES);
  });
});

it('refuses a long header without reading the whole file', async () => {
  const line = `-> X25519 ${'A'.repeat(43)}\n${'A'.repeat(43)}\n`;
  const path = await copyOf(Buffer.from(`age-encryption.org/v1\n${line.repeat(2_000)}`));
  await expect(read(path)).rejects.toThrow('does not begin like a file of age');
});

it('says whose fault it is when nothing opens a file', async () => {
  const path = await encrypt([Buffer.from('x')]);
  await expect(read(path, [])).rejects.toThrow(IdentityMissingError);
  await expect(buffer(open(path))).rejects.toThrow(IdentityMissingError);
  await expect(read(path, [(await ageKeys()).identity])).rejects.toThrow(WrongIdentityError);
  const error: unknown = await read(path, ['hunter2']).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BackupKeyError);
  expect(String(error)).not.toContain('hunter2');
});

it('refuses whoever it cannot encrypt for, and never shows what was given', async () => {
  const typo = `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`;
  const wrong = [typo, identity, 'age1pq1abc', 'ssh-ed25519 AAAA', '', ` ${recipient}`, 'age1'];
  for (const one of wrong) {
    const error: unknown = await assertEncryption({ recipients: [recipient, one] }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(BackupKeyError);
    expect((error as Error).message).toContain('Recipient 2 is not a public key of age');
    if (one.length > 4) expect((error as Error).message).not.toContain(one);
  }
  await expect(assertEncryption({ recipients: [] })).rejects.toThrow('No recipient was named');
  await expect(assertEncryption({ passphrase: '' })).rejects.toThrow('The passphrase is empty');
});
