import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { testS3 } from '../../../test/s3/server.ts';
import { parseS3Address } from './s3-address.ts';
import { openBucket } from './s3-client.ts';
import { beginDraft } from './s3-draft.ts';
import { s3Storage } from './s3-storage.ts';
import { sweepLeftovers } from './s3-sweep.ts';

const s3 = await testS3();
const STALE_MS = 3_000;

it('sweeps what dead runs left, and nothing else', async () => {
  const prefix = `sweep-${process.pid}`;
  const address = `s3://${s3.bucket}/${prefix}?endpoint=${s3.endpoint}&pathStyle=true&partMiB=5`;
  const bucket = await openBucket(parseS3Address(address), address);
  const name = (what: string): string => `${what}-20260101T000000Z-abcdef`;
  const put = (Key: string) =>
    s3.client.putObject({ Bucket: s3.bucket, Key: `${prefix}/${Key}`, Body: Key });
  const draft = async (what: string) => {
    const made = await beginDraft(bucket, name(what), undefined);
    await made.writeFile('dump', (sink) => sink.write(Buffer.from(what)));
    return made;
  };

  await draft('dead');
  await draft('living');
  await (await draft('whole')).publish('{}');
  // Its run was killed between the manifest and the removal of its mark.
  await (await draft('marked')).publish('{}');
  await put(`${name('marked')}/.writing`);
  await (await draft('removed')).publish('{}');
  await put(`${name('removed')}/.removing`);
  await put(`${name('copied')}/dump`);
  await put('holiday/.writing');
  await put('.lease-prune-x');
  const upload = { Bucket: s3.bucket, Key: `${prefix}/${name('dead')}/large` };
  const { UploadId } = await s3.client.createMultipartUpload(upload);
  await sleep(STALE_MS + 1_000);
  await put(`${name('living')}/.writing`);
  await draft('self');
  await sweepLeftovers(bucket, name('self'), STALE_MS);

  const { Contents = [] } = await s3.client.listObjectsV2({ Bucket: s3.bucket, Prefix: prefix });
  expect(Contents.map(({ Key = '' }) => Key.slice(prefix.length + 1)).sort()).toEqual(
    [
      '.lease-prune-x',
      'holiday/.writing',
      ...['dump', 'manifest.json'].map((file) => `${name('whole')}/${file}`),
      ...['dump', 'manifest.json'].map((file) => `${name('marked')}/${file}`),
      ...['.writing', 'dump'].map((file) => `${name('living')}/${file}`),
      ...['.writing', 'dump'].map((file) => `${name('self')}/${file}`),
      `${name('copied')}/dump`,
    ].sort(),
  );
  const states = (await (await s3Storage(address)).list()).map((one) => [one.name, one.isPartial]);
  expect(Object.fromEntries(states)).toMatchObject({
    [name('living')]: true,
    [name('whole')]: false,
    [name('marked')]: false,
  });
  // Only a server that lists unfinished uploads lets them be found.
  const { Uploads } = await s3.client.listMultipartUploads({ Bucket: s3.bucket, Prefix: prefix });
  expect(Uploads?.map((one) => one.UploadId) ?? []).not.toContain(UploadId);
});
