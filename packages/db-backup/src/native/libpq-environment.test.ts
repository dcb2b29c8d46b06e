import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { withLibpqEnvironment } from './libpq-environment.ts';

const ours = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith(`tothub-pgpass-${process.pid}_`));

it('passes all but the password in the environment, and the password in a file of mode 0600', async () => {
  const url =
    'postgresql://me:p%3A%5Css@ep-x.neon.tech/d%20b?sslmode=no-verify&channel_binding=require&options=endpoint%3Dep-x';
  await withLibpqEnvironment(url, async (environment) => {
    const { PGPASSFILE = '', ...rest } = environment;
    expect(rest).toMatchObject({
      PGHOST: 'ep-x.neon.tech',
      PGPORT: '5432',
      PGUSER: 'me',
      PGDATABASE: 'd b',
      PGSSLMODE: 'require',
      PGCHANNELBINDING: 'require',
      PGOPTIONS: 'endpoint=ep-x',
    });
    expect(JSON.stringify(rest)).not.toMatch(/p:|PGPASSWORD/);
    expect(await readFile(PGPASSFILE, 'utf8')).toBe('*:*:*:*:p\\:\\\\ss\n');
    expect((await stat(PGPASSFILE)).mode & 0o777).toBe(0o600);
  });
  expect(await ours()).toEqual([]);
});

it('removes the password file also when the work fails', async () => {
  const work = withLibpqEnvironment('postgresql://me:pw@h/d', () =>
    Promise.reject(new Error('no')),
  );
  await expect(work).rejects.toThrow('no');
  expect(await ours()).toEqual([]);
});

it('refuses a password that a password file cannot hold, without showing it', async () => {
  const work = withLibpqEnvironment('postgresql://me:s3%0Acret@h/d', async () => undefined);
  await expect(work).rejects.toThrow(/^(?!.*cret)The password holds a line break/);
});

it('lets libpq look at the certificate exactly as strictly as pg did', async () => {
  const seen = async (parameters: string) =>
    withLibpqEnvironment(`postgresql://me@h/d?${parameters}`, async (environment) => {
      const { PGSSLMODE: mode, PGSSLROOTCERT: file } = environment;
      const isOurs = file?.includes('tothub-pgpass-') && (await readFile(file, 'utf8'));
      return [mode, isOurs ? isOurs.slice(0, 27) : file];
    });
  const ours = '-----BEGIN CERTIFICATE-----';
  expect(await seen('')).toEqual([undefined, undefined]);
  expect(await seen('sslmode=disable')).toEqual(['disable', undefined]);
  expect(await seen('sslmode=no-verify')).toEqual(['require', undefined]);
  expect(await seen('sslmode=require')).toEqual(['verify-full', ours]);
  expect(await seen('ssl=true')).toEqual(['verify-full', ours]);
  expect(await seen('sslmode=verify-full&sslrootcert=system')).toEqual(['verify-full', ours]);
  expect(await seen(`sslmode=verify-ca&sslrootcert=${import.meta.filename}`)).toEqual([
    'verify-full',
    import.meta.filename,
  ]);
  expect(await seen('uselibpqcompat=true&sslmode=require')).toEqual(['require', undefined]);
});
