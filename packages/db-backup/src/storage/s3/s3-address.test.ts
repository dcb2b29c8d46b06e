import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StorageAddressError } from '../../errors.ts';
import { locateBackup, resolveBackupAddress } from '../open-storage.ts';
import { below, parentOf, parseS3Address } from './s3-address.ts';

it('reads bucket, prefix and parameters', () => {
  const whole = 's3://my-bucket/a b/ü+x%2F%3F/?region=eu-central-1&partMiB=64&pathStyle=true';
  expect(parseS3Address(`${whole}&endpoint=http://10.0.0.1:9000/`)).toEqual({
    bucket: 'my-bucket',
    prefix: 'a b/ü+x/?',
    region: 'eu-central-1',
    endpoint: 'http://10.0.0.1:9000',
    pathStyle: true,
    partBytes: 64 << 20,
  });
  expect(parseS3Address('s3://my-bucket')).toMatchObject({ prefix: '', pathStyle: false });
});

it.each([
  ['s3://key:hunter2@bucket/x', 'credentials do not belong into it'],
  ['s3://bucket/x?secretAccessKey=hunter2', 'only region, endpoint, pathStyle, partMiB'],
  ['s3://bucket/x?endpoint=https://key:hunter2@host', 'without credentials'],
  ['s3://bucket/x?endpoint=hunter2', 'its endpoint is no URL'],
  ['s3://bucket/x?endpoint=file:///hunter2', 'http(s)://host'],
  ['s3://bucket/x?region=hunter2 x', 'its region is none'],
  ['s3://bucket/x?pathStyle=hunter2', 'neither true nor false'],
  ['s3://bucket/x?partMiB=4', 'from 5 to 512'],
  ['s3://bucket/x?region=a&region=hunter2', 'each once'],
  ['s3://bucket/x#hunter2', 'write %23'],
  ['s3://bucket/%hunter2', 'write % as %25'],
  ['s3://bucket/a//hunter2', 'an empty part'],
  ['s3:///hunter2', 'it names no bucket'],
])('refuses %s and does not repeat it', (address, said) => {
  const read = () => parseS3Address(address);
  expect(read).toThrow(StorageAddressError);
  expect(read).toThrow(said);
  expect(read).not.toThrow('hunter2');
});

it('finds a backup again by the address that it gives out', async () => {
  const query = '?endpoint=http://127.0.0.1:1&pathStyle=true';
  const names = fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => !name.includes('/'));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('', '/a b', '/x/ü+'), names, async (prefix, name) => {
      const address = below(`s3://bucket${prefix}${query}`, name);
      expect(parentOf(address)).toEqual({ parent: `s3://bucket${prefix}${query}`, name });
      if (name === '.' || name === '..') return;
      expect(parseS3Address(address).prefix).toBe(`${prefix}/${name}`.slice(1));
    }),
  );
  expect(await locateBackup(`s3://bucket/a/app-1${query}`)).toMatchObject({
    name: 'app-1',
    path: `s3://bucket/a/app-1${query}`,
  });
  await expect(locateBackup('s3://bucket')).rejects.toThrow('names a bucket, not a backup in it');
  expect(resolveBackupAddress('s3://bucket/a')).toBe('s3://bucket/a');
});
