import { userInfo } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConnectionSettings } from './connection-settings.ts';
import { ConfigurationError } from './pool-errors.ts';

const read = (url: string, environment = {}) => readConnectionSettings(url, environment);

function refusal(url: string, environment = {}): string {
  try {
    read(url, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('It was not refused.');
}

describe('readConnectionSettings', () => {
  it('reads every part of a URL', () => {
    expect(
      read(
        'postgresql://ann:s%40cret@db.example.org:6543/tot%20hub?sslmode=verify-full&application_name=api&options=-c%20search_path%3Dapp&channel_binding=require',
      ),
    ).toEqual({
      host: 'db.example.org',
      port: 6543,
      user: 'ann',
      database: 'tot hub',
      password: 's@cret',
      applicationName: 'api',
      options: '-c search_path=app',
      sslMode: 'verify-full',
      sslRootCert: undefined,
      sslCert: undefined,
      sslKey: undefined,
      sslNegotiation: 'postgres',
      channelBinding: 'require',
    });
  });

  it('takes what the URL leaves out from the PG* variables, then from libpq’s defaults', () => {
    const environment = {
      PGHOST: 'elsewhere',
      PGPORT: '5499',
      PGPASSWORD: 'p',
      PGSSLMODE: 'require',
    };
    expect(read('postgres://bob@/', environment)).toMatchObject({
      host: 'elsewhere',
      port: 5499,
      user: 'bob',
      database: 'bob',
      password: 'p',
      sslMode: 'require',
    });
    expect(read('')).toMatchObject({
      host: 'localhost',
      port: 5432,
      user: userInfo().username,
      sslMode: 'prefer',
      channelBinding: 'prefer',
    });
  });

  it('finds sockets and IPv6 addresses', () => {
    expect(read('postgres:///app?host=/var/run/postgresql').host).toBe('/var/run/postgresql');
    expect(read('postgres://%2Ftmp/app').host).toBe('/tmp');
    expect(read('postgres://u@[2001:db8::1]:5433/app')).toMatchObject({
      host: '2001:db8::1',
      port: 5433,
    });
  });

  it('takes sslrootcert=system for verify-full', () => {
    expect(read('postgres://h/d?sslrootcert=system').sslMode).toBe('verify-full');
    expect(refusal('postgres://h/d?sslrootcert=system&sslmode=require')).toMatchInlineSnapshot(
      `"sslrootcert=system goes with sslmode=verify-full only. Set sslmode to verify-full, or leave it out."`,
    );
  });

  it('says in a sentence what is wrong', () => {
    expect(refusal('mysql://h/d')).toMatchInlineSnapshot(
      `"The connection string is not a URL of the form postgres://user:password@host:5432/database. Percent-encode the characters / ? @ of a password."`,
    );
    expect(refusal('postgres://u:p@h:99999/d')).toMatchInlineSnapshot(
      `"The port of the database is not a number from 1 to 65535. Percent-encode the characters : / ? @ of a password."`,
    );
    expect(refusal('postgres://a,b/d')).toMatchInlineSnapshot(
      `"The connection string names several hosts. Name one; replicas have an option of their own."`,
    );
    expect(refusal('postgres://h/d?sslmode=no-verify')).toMatchInlineSnapshot(
      `"sslmode is not one of disable, allow, prefer, require, verify-ca, verify-full. Set it to one."`,
    );
    expect(refusal('postgres://h/d?sslmod=verify-full')).toMatchInlineSnapshot(
      `"The connection string has a parameter that is not supported. Those that are: host, port, user, dbname, password, application_name, options, sslmode, sslrootcert, sslcert, sslkey, sslnegotiation, channel_binding."`,
    );
    expect(refusal('postgres://h/d?sslcert=a.pem')).toMatchInlineSnapshot(
      `"sslcert and sslkey go together. Give both, or neither."`,
    );
    expect(refusal('', { PGPORT: 'x' })).toMatch('The port of the database');
  });

  it('never repeats a password, however the URL is broken', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, between, after) => {
        const url = `postgres://u:${before}hunter2${between}hunter2${after}`;
        try {
          read(url);
        } catch (error) {
          expect(String((error as Error).stack)).not.toContain('hunter2');
        }
      }),
    );
  });

  it('reads back any user, password and database that is percent-encoded', () => {
    const part = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(part, part, part, (user, password, database) => {
        const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/${encodeURIComponent(database)}`;
        expect(read(url)).toMatchObject({ user, password, database, host: 'h' });
      }),
    );
  });
});
