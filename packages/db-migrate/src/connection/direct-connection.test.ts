import { expect, test } from 'vitest';
import { TransactionPoolerError } from '../errors.ts';
import { createMigrator } from '../index.ts';
import { assertDirectHost } from './direct-connection.ts';
import { maskedUrl } from './masked-url.ts';

const POOLED =
  'postgresql://ann:p%40ss-pooler@ep-cool-1-pooler.eu.aws.neon.tech/db?sslmode=require';

test('refuses a -pooler host and hints at the direct URL, password masked', () => {
  expect(() => assertDirectHost(POOLED)).toThrowErrorMatchingInlineSnapshot(
    `[TransactionPoolerError: The host ep-cool-1-pooler.eu.aws.neon.tech is a transaction pooler. Migrations need a session of their own. Connect to postgresql://ann:***@ep-cool-1.eu.aws.neon.tech/db?sslmode=require.]`,
  );
});

test('knows the host in the query too, whatever its case', () => {
  expect(() => assertDirectHost('postgresql://a@/db?host=EP-X-POOLER.neon.tech')).toThrow(
    TransactionPoolerError,
  );
});

test('lets other hosts pass, also those that say pooler elsewhere', () => {
  for (const url of [
    'postgresql://a@ep-x.neon.tech/-pooler',
    'postgresql://a@db.my-pooler.example/db',
    'postgresql://-pooler@localhost/db',
    'nonsense',
  ]) {
    expect(() => assertDirectHost(url)).not.toThrow();
  }
});

test('refuses to migrate through it before anything connects', async () => {
  const migrator = createMigrator({ connectionString: POOLED, directory: import.meta.dirname });
  for (const call of [
    () => migrator.up(),
    () => migrator.up({ dryRun: true }),
    () => migrator.down(),
  ]) {
    await expect(call()).rejects.toBeInstanceOf(TransactionPoolerError);
  }
});

test('masks a password wherever a URL keeps it', () => {
  expect(maskedUrl('postgresql://a:b@h/d?password=c&x=1')).toBe(
    'postgresql://a:***@h/d?password=***&x=1',
  );
  expect(maskedUrl('host=h password=b')).toBe('postgresql://***');
});
