import { createHash, randomBytes } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Fault, type FaultyProxy, faultyProxy } from '../../../test/s3/faulty-proxy.ts';
import { testS3 } from '../../../test/s3/server.ts';
import { BackupDamagedError, StorageError } from '../../errors.ts';
import type { BackupStorage } from '../backup-storage.ts';
import { s3Storage } from './s3-storage.ts';

const s3 = await testS3();
const PART_BYTES = 5 << 20;
const big = randomBytes(2 * PART_BYTES + 1_234_567);
const NAME = 'app-20260101T000000Z-abcdef';
let folders = 0;
let prefix: string;

beforeEach(() => {
  prefix = `test ${process.pid}.${folders++}/a+b ü'"&/x`;
});

const addressAt = (endpoint: string, style = 'pathStyle=true'): string =>
  `s3://${s3.bucket}/${prefix}?endpoint=${encodeURIComponent(endpoint)}&${style}&partMiB=5`;

/** Keys below the prefix, and how many uploads were begun and neither completed nor given up. */
async function keys(): Promise<string[]> {
  const { Contents = [] } = await s3.client.listObjectsV2({ Bucket: s3.bucket, Prefix: prefix });
  return Contents.map(({ Key = '' }) => Key.slice(prefix.length + 1)).sort();
}

const put = (key: string, body: string | Buffer) =>
  s3.client.putObject({ Bucket: s3.bucket, Key: `${prefix}/${key}`, Body: body });

/** Writes in the odd pieces of a program's output. */
async function writeBackup(storage: BackupStorage, contents: Buffer = big): Promise<void> {
  const draft = await storage.begin(NAME);
  try {
    await draft.writeFile('dump', async (sink) => {
      for (let from = 0; from < contents.length; from += 70_001)
        await sink.write(contents.subarray(from, from + 70_001));
    });
    await draft.writeFile('catalog.json', (sink) => sink.write(Buffer.from('{}')));
    await draft.publish('the manifest');
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

const WHOLE = ['catalog.json', 'dump', 'manifest.json'].map((file) => `${NAME}/${file}`);

it.each(['pathStyle=true', 'pathStyle=false'])(
  'keeps a backup below a prefix (%s)',
  async (style) => {
    const endpoint = style.endsWith('true') ? s3.endpoint : s3.virtualHostEndpoint;
    const storage = await s3Storage(addressAt(endpoint, style));
    expect(await storage.list()).toEqual([]);
    const draft = await storage.begin(NAME);
    const { etag } = await draft.writeFile('dump', (sink) => sink.write(big));
    expect(await storage.list()).toMatchObject([
      { name: NAME, isPartial: true, files: [{ name: 'dump', bytes: big.length, etag }] },
    ]);
    await draft.publish('the manifest');
    expect(await storage.list()).toMatchObject([
      { name: NAME, isPartial: false, files: [{ name: 'dump', etag }, { name: 'manifest.json' }] },
    ]);
    expect(await storage.stat(NAME, 'dump')).toEqual({ name: 'dump', bytes: big.length, etag });
    expect((await buffer(storage.read(NAME, 'dump'))).equals(big)).toBe(true);
    expect(await text(storage.read(NAME, 'manifest.json'))).toBe('the manifest');
    await storage.replaceFile(NAME, 'receipt.json', 'one');
    await storage.replaceFile(NAME, 'receipt.json', 'two');
    expect(await text(storage.read(NAME, 'receipt.json'))).toBe('two');
    await storage.removeFile(NAME, 'receipt.json');
    await storage.removeFile(NAME, 'receipt.json');
    expect(await storage.stat(NAME, 'receipt.json')).toBeUndefined();
    await expect(text(storage.read(NAME, 'receipt.json'))).rejects.toThrow(BackupDamagedError);
    await storage.remove(NAME);
    await storage.remove(NAME);
    expect(await keys()).toEqual([]);
  },
);

it('carries empty files and files of exactly one and two parts', async () => {
  const storage = await s3Storage(addressAt(s3.endpoint));
  const draft = await storage.begin(NAME);
  for (const length of [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES]) {
    await draft.writeFile(`f${length}`, (sink) => sink.write(big.subarray(0, length)));
    const read = await buffer(storage.read(NAME, `f${length}`));
    expect(read.equals(big.subarray(0, length))).toBe(true);
  }
  await draft.discard();
  expect(await keys()).toEqual([]);
});

describe('behind a network that breaks', () => {
  let proxy: FaultyProxy;
  let storage: BackupStorage;

  beforeEach(async () => {
    proxy = await faultyProxy(s3.endpoint);
    storage = await s3Storage(addressAt(proxy.endpoint));
  });

  /** Lets a fault befall the first few requests of a kind. */
  function breakFirst(times: number, kind: RegExp, fault: Fault): void {
    let left = times;
    proxy.fault = (method, url) => {
      if (!kind.test(`${method} ${url.pathname}${url.search}`) || left-- <= 0) return undefined;
      return fault;
    };
  }

  it.each<[string, RegExp, Fault]>([
    ['503 to parts', /^PUT .*partNumber/, { answer: 503, code: 'SlowDown' }],
    ['500 to the completion', /^POST .*uploadId/, { answer: 500, code: 'InternalError' }],
    ['a reset in the middle of a part', /^PUT .*partNumber/, { resetRequestAfter: 1_000_000 }],
    ['a lost answer to a part', /^PUT .*partNumber/, 'lose the answer'],
    ['a lost answer to the completion', /^POST .*uploadId/, 'lose the answer'],
    ['a lost answer to the manifest', /^PUT .*manifest/, 'lose the answer'],
  ])('gets over %s', async (_, kind, fault) => {
    breakFirst(2, kind, fault);
    await writeBackup(storage);
    expect(await keys()).toEqual(WHOLE);
    expect((await buffer(storage.read(NAME, 'dump'))).equals(big)).toBe(true);
  });

  it('takes a reading up where it broke off', async () => {
    await writeBackup(storage);
    breakFirst(4, /^GET .*dump/, { resetAnswerAfter: 3_000_000 });
    const read = await buffer(storage.read(NAME, 'dump'));
    expect(createHash('sha256').update(read).digest()).toEqual(
      createHash('sha256').update(big).digest(),
    );
    expect(proxy.seen.filter((line) => /^GET .*dump/.test(line)).length).toBeGreaterThan(3);
  });

  it('refuses to go on reading another object than it began with', async () => {
    await writeBackup(storage);
    breakFirst(1, /^GET .*dump/, { resetAnswerAfter: 3_000_000 });
    const reading = (async () => {
      for await (const _ of storage.read(NAME, 'dump')) await put(`${NAME}/dump`, 'another');
    })();
    await expect(reading).rejects.toThrow(/replaced while it is read/);
  });

  it.each<[string, RegExp, Fault]>([
    ['parts', /^PUT .*partNumber=2/, { answer: 403, code: 'AccessDenied' }],
    ['the completion', /^POST .*uploadId/, { answer: 403, code: 'AccessDenied' }],
    ['the manifest', /^PUT .*manifest/, { answer: 403, code: 'AccessDenied' }],
  ])('leaves nothing behind when the server refuses %s', async (_, kind, fault) => {
    breakFirst(Number.POSITIVE_INFINITY, kind, fault);
    await expect(writeBackup(storage)).rejects.toThrow(/access was denied/);
    expect(await keys()).toEqual([]);
    const begun = proxy.seen.filter((line) => /^POST .*uploads/.test(line)).length;
    const ended = proxy.seen.filter((line) => /^(DELETE|POST) .*uploadId/.test(line));
    expect(ended.length).toBeGreaterThanOrEqual(begun);
  });

  it('leaves nothing behind when the writing itself fails', async () => {
    const draft = await storage.begin(NAME);
    const writing = draft.writeFile('dump', async (sink) => {
      await sink.write(big);
      throw new Error('the dump failed');
    });
    await expect(writing).rejects.toThrow('the dump failed');
    await draft.discard();
    expect(await keys()).toEqual([]);
    expect(proxy.seen.filter((line) => /^DELETE .*uploadId/.test(line))).toHaveLength(1);
  });

  it('shows a backup that was cut off for good as partial', async () => {
    proxy.fault = (method, url) => {
      if (method === 'PUT' && url.searchParams.get('partNumber') === '2') proxy.cut();
      return undefined;
    };
    await expect(writeBackup(storage)).rejects.toThrow(/refused the connection|connection failed/);
    const direct = await s3Storage(addressAt(s3.endpoint));
    expect(await direct.list()).toMatchObject([{ name: NAME, isPartial: true, files: [] }]);
  });

  it('never writes over the backup of somebody else', async () => {
    const draft = await storage.begin(NAME);
    await expect(storage.begin(NAME)).rejects.toThrow(/somebody else has written/);
    await put(`${NAME}/manifest.json`, 'theirs');
    await expect(draft.publish('mine')).rejects.toThrow(/somebody else has written/);
    expect(await text(storage.read(NAME, 'manifest.json'))).toBe('theirs');
    await storage.remove(NAME);
    breakFirst(1, /^PUT .*manifest/, { answer: 412, code: 'PreconditionFailed' });
    await expect(writeBackup(storage)).rejects.toThrow(/somebody else has written/);
    expect(await keys()).toEqual([]);
  });

  it('asks for conditional writes, and goes without where the server does not know them', async () => {
    const asked: string[] = [];
    proxy.fault = (_method, url, headers) => {
      const condition = headers['if-none-match'] ?? headers['if-match'];
      if (condition === undefined) return undefined;
      asked.push(`${url.pathname.split('/').at(-1)} ${condition === '*' ? '*' : 'an ETag'}`);
      return { answer: 501, code: 'NotImplemented' };
    };
    await writeBackup(storage);
    for (const text of ['one', 'two']) await storage.replaceFile(NAME, 'receipt.json', text);
    expect(asked).toEqual(['manifest.json *', 'receipt.json *', 'receipt.json an ETag']);
    expect(await keys()).toEqual([...WHOLE, `${NAME}/receipt.json`]);
  });

  it('does not publish what somebody else replaced meanwhile', async () => {
    const draft = await storage.begin(NAME);
    await draft.writeFile('dump', (sink) => sink.write(Buffer.from('one')));
    await put(`${NAME}/dump`, 'two');
    await expect(draft.publish('the manifest')).rejects.toThrow(/removed or replaced by somebody/);
    expect(await keys()).not.toContain(`${NAME}/manifest.json`);
  });

  it.each<[string, Fault, string]>([
    ['an unknown key', { answer: 403, code: 'InvalidAccessKeyId' }, 'Check AWS_ACCESS_KEY_ID'],
    ['a wrong secret', { answer: 403, code: 'SignatureDoesNotMatch' }, 'AWS_SECRET_ACCESS_KEY'],
    ['an old login', { answer: 400, code: 'ExpiredToken' }, 'Log in again'],
    ['no permission', { answer: 403, code: 'AccessDenied' }, 'Allow s3:ListBucket'],
    ['no bucket', { answer: 404, code: 'NoSuchBucket' }, 'Check its name, or make it'],
    ['a wrong clock', { answer: 403, code: 'RequestTimeTooSkewed' }, 'Set the clock'],
    ['a wrong region', { answer: 400, code: 'AuthorizationHeaderMalformed' }, '?region='],
    ['another region', { answer: 301, code: 'PermanentRedirect' }, '?region='],
  ])('says what to do about %s', async (_, fault, hint) => {
    proxy.fault = () => fault;
    const error = await storage.list().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StorageError);
    expect((error as Error).message).toContain(hint);
    const { AWS_SECRET_ACCESS_KEY = '' } = process.env;
    expect(JSON.stringify([(error as Error).stack, (error as Error).cause])).not.toContain(
      AWS_SECRET_ACCESS_KEY,
    );
  });
});
