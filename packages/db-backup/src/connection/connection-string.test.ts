import { expect, it } from 'vitest';
import { maskPassword, nodeConnectionString, parseConnectionString } from './connection-string.ts';
import { connectionWarnings } from './connection-warnings.ts';
import { directAddress } from './direct-address.ts';
import { sizeWarning } from './size-warnings.ts';

const HOST = 'ep-cool-1-pooler.eu-central-1.aws.neon.tech';

it('turns a pooled host into the direct one, wherever it stands, and touches nothing else', () => {
  const direct = HOST.replace('-pooler', '');
  for (const [pooled, expected] of [
    [
      `postgresql://${HOST}:pw%40@${HOST}/a-pooler?x=1`,
      `postgresql://${HOST}:pw%40@${direct}/a-pooler?x=1`,
    ],
    [`postgres://me@${HOST}:5433/d`, `postgres://me@${direct}:5433/d`],
    [`postgres:///d?a=b&host=${HOST}&c=d`, `postgres:///d?a=b&host=${direct}&c=d`],
    ['postgres://me@h/d-pooler', 'postgres://me@h/d-pooler'],
    ['postgres://me@a.b-pooler.c/d', 'postgres://me@a.b-pooler.c/d'],
  ] as const) {
    expect(directAddress(pooled)).toBe(expected);
    expect(parseConnectionString(pooled).host).not.toMatch(/^ep.*-pooler/);
  }
});

it('warns of a pooled host, without the password', () => {
  expect(connectionWarnings(`postgresql://me:s3cret@${HOST}/db`)).toMatchInlineSnapshot(`
    [
      "ep-cool-1-pooler.eu-central-1.aws.neon.tech is a transaction pooler, which cannot hold a snapshot; ep-cool-1.eu-central-1.aws.neon.tech is used instead. Give the direct address to have peace.",
    ]
  `);
  expect(connectionWarnings('postgresql://me@h/db')).toEqual([]);
});

it('asks Neon for TLS also where the address does not', () => {
  expect(nodeConnectionString(`postgresql://${HOST}/d?a=1`)).toMatch(/a=1&sslmode=verify-full$/);
  expect(nodeConnectionString(`postgresql://${HOST}/d?sslmode=disable`)).toMatch(
    /sslmode=disable$/,
  );
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
  expect(nodeConnectionString('postgresql://h/d?sslrootcert=system&sslmode=verify-full')).toBe(
    'postgresql://h/d?sslmode=verify-full',
  );
});

it('warns of more than 1 GB on Neon', () => {
  expect(sizeWarning(1e9)).toEqual([]);
  expect(sizeWarning(1.26e9)).toEqual([expect.stringContaining('takes 1.3 GB')]);
});
