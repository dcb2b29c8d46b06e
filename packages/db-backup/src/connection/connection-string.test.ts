import { expect, it } from 'vitest';
import {
  assertDirectHost,
  maskPassword,
  nodeConnectionString,
  parseConnectionString,
} from './connection-string.ts';

it('refuses a pooled host and names the direct one, without the password', () => {
  const url =
    'postgresql://me:s3cret@ep-cool-1-pooler.eu-central-1.aws.neon.tech/db?sslmode=require';
  expect(() => assertDirectHost(url)).toThrowErrorMatchingInlineSnapshot(
    `[PoolerConnectionError: ep-cool-1-pooler.eu-central-1.aws.neon.tech is a transaction pooler, which cannot hold the snapshot of a backup. Use the direct address: postgresql://me:***@ep-cool-1.eu-central-1.aws.neon.tech/db?sslmode=require]`,
  );
  expect(() => assertDirectHost(url.replace('-pooler', ''))).not.toThrow();
});

it('masks a password wherever it stands, also one with an unescaped @', () => {
  expect(maskPassword('postgresql://me:a@b:c@host/db')).toBe('postgresql://me:***@host/db');
  expect(maskPassword('postgresql://host/db?user=me&password=secret&x=1')).toBe(
    'postgresql://host/db?user=me&password=***&x=1',
  );
});

it('never shows an unreadable connection string', () => {
  for (const url of [
    'postgresql://me:s3cret@host:port/db',
    'mysql://me:s3cret@host/db',
    's3cret',
  ]) {
    expect(() => parseConnectionString(url)).toThrow(/^(?!.*s3cret)The connection string /);
  }
});

it('reads user, password, host and database as they are meant', () => {
  expect(
    parseConnectionString('postgres://m%40e:p%3A%2F@[::1]:5433/d%20b?sslmode=disable'),
  ).toMatchObject({
    host: '::1',
    port: 5433,
    user: 'm@e',
    password: 'p:/',
    database: 'd b',
  });
});

it('tells pg the mode it would take anyway, so that it does not warn', () => {
  expect(nodeConnectionString('postgresql://h/d?a=1&sslmode=require&channel_binding=require')).toBe(
    'postgresql://h/d?a=1&sslmode=verify-full&channel_binding=require',
  );
  expect(nodeConnectionString('postgresql://h/d?sslmode=no-verify')).toBe(
    'postgresql://h/d?sslmode=no-verify',
  );
});
