import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@tothub/db-testkit';
import { testCluster } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatementCancelledError } from '../errors.ts';
import { createDatabase } from './create-database.ts';
import { executor } from './database.ts';
import { ConfigurationError } from './pool-errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'tls-'));
const file = (name: string): string => join(folder, name);
let encrypted: PostgresServer;
let plain: PostgresServer;

/** An authority, and a certificate of it for the name `localhost` only. */
function makeCertificates(): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=Test CA', '-days', '2'); // biome-ignore format: one command
  openssl('req', '-x509', ...key, '-keyout', 'other.key', '-out', 'other.crt', '-subj', '/CN=Other CA', '-days', '2'); // biome-ignore format: one command
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost');
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2', '-out', 'server.crt'); // biome-ignore format: one command
}

beforeAll(async () => {
  makeCertificates();
  chmodSync(folder, 0o755);
  plain = await startPostgres({ major: testCluster().major });
  // The server insists that its key belongs to the account it runs as.
  const { uid, gid } = statSync(plain.dataDir);
  chmodSync(file('server.key'), 0o600);
  if (process.getuid?.() === 0) chownSync(file('server.key'), uid, gid);
  encrypted = await startPostgres({
    major: testCluster().major,
    settings: { ssl: 'on', ssl_cert_file: file('server.crt'), ssl_key_file: file('server.key') },
  });
}, 120_000);
afterAll(async () => {
  await encrypted?.stop();
  await plain?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function isEncrypted(
  server: PostgresServer,
  parameters: Record<string, string>,
  host = 'localhost',
): Promise<boolean> {
  const query = new URLSearchParams(parameters);
  const connectionString = `postgres://postgres@${host}:${server.port}/postgres?${query}`;
  const db = await createDatabase({ connectionString, maxConnections: 1 });
  try {
    const text = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    const ask = () => db[executor].execute({ name: 'ssl', text, values: [], shape: null });
    const { rows } = await ask();
    return (rows[0] as { ssl: boolean }).ssl;
  } finally {
    await db.close();
  }
}

describe('sslmode', () => {
  it.each(['prefer', 'require'])('%s encrypts without asking who answers', async (sslmode) => {
    expect(await isEncrypted(encrypted, { sslmode })).toBe(true);
    expect(await isEncrypted(encrypted, { sslmode }, '127.0.0.1')).toBe(true);
  });

  it.each(['disable', 'allow'])('%s does without encryption', async (sslmode) => {
    expect(await isEncrypted(encrypted, { sslmode })).toBe(false);
  });

  it('prefer and allow take a server without TLS; require refuses it', async () => {
    expect(await isEncrypted(plain, {})).toBe(false);
    expect(await isEncrypted(plain, { sslmode: 'allow' })).toBe(false);
    await expect(
      isEncrypted(plain, { sslmode: 'require' }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ConfigurationError: The server offers no TLS, which sslmode asks for. Turn it on there, or set sslmode to prefer or disable.]`,
    );
  });

  it('verify-ca believes the authority, whatever the name', async () => {
    const sslmode = 'verify-ca';
    expect(
      await isEncrypted(encrypted, { sslmode, sslrootcert: file('ca.crt') }, '127.0.0.1'),
    ).toBe(true);
    await expect(
      isEncrypted(encrypted, { sslmode, sslrootcert: file('other.crt') }),
    ).rejects.toThrow(ConfigurationError);
    await expect(isEncrypted(encrypted, { sslmode })).rejects.toThrow(ConfigurationError);
  });

  it('require with a root certificate is verify-ca', async () => {
    const sslmode = 'require';
    expect(
      await isEncrypted(encrypted, { sslmode, sslrootcert: file('ca.crt') }, '127.0.0.1'),
    ).toBe(true);
    await expect(
      isEncrypted(encrypted, { sslmode, sslrootcert: file('other.crt') }),
    ).rejects.toThrow(ConfigurationError);
  });

  it('verify-full wants the name as well', async () => {
    const verified = { sslmode: 'verify-full', sslrootcert: file('ca.crt') };
    expect(await isEncrypted(encrypted, verified)).toBe(true);
    await expect(
      isEncrypted(encrypted, verified, '127.0.0.1'),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ConfigurationError: The TLS of the server is not trusted (ERR_TLS_CERT_ALTNAME_INVALID). Give the authority of its certificate in sslrootcert, and reach it by the name in the certificate.]`,
    );
    await expect(isEncrypted(encrypted, { sslrootcert: 'system' })).rejects.toThrow(
      ConfigurationError,
    );
  });

  it('names the parameter of a file that cannot be read', async () => {
    await expect(
      isEncrypted(encrypted, { sslmode: 'verify-full', sslrootcert: file('none.crt') }),
    ).rejects.toThrow('The file that sslrootcert names cannot be read');
  });
});

describe('channel_binding=require', () => {
  it('refuses a server that takes no proof bound to TLS, before any password is sent', async () => {
    const parameters = { sslmode: 'require', channel_binding: 'require' };
    await expect(isEncrypted(encrypted, parameters)).rejects.toThrow('channel_binding=require');
    await expect(
      isEncrypted(plain, { sslmode: 'disable', channel_binding: 'require' }),
    ).rejects.toThrow('channel_binding=require needs TLS');
  });

  it('is kept by SCRAM', async () => {
    await encrypted.execute(
      'postgres',
      "SET password_encryption = 'scram-sha-256'; CREATE ROLE ann LOGIN PASSWORD 's cret'",
    );
    await encrypted.execute('postgres', "COPY (SELECT 'hostssl all ann all scram-sha-256' UNION ALL SELECT 'host all postgres all trust' UNION ALL SELECT 'host all all all reject') TO PROGRAM 'cat > pg_hba.conf'; SELECT pg_reload_conf()"); // biome-ignore format: one command
    const url = `postgres://ann:s%20cret@localhost:${encrypted.port}/postgres?sslmode=require`;
    const db = await createDatabase({ connectionString: `${url}&channel_binding=require` });
    expect(await db.ping()).toMatchObject({ isHealthy: true });
    await db.close();
    const wrong = await createDatabase({ connectionString: url.replace('s%20cret', 'hunter2') });
    const { error } = (await wrong.ping()) as { error?: Error & { cause?: Error } };
    expect(error).toMatchObject({ code: 'TOTHUB_CORE_AUTHENTICATION' });
    expect(`${error?.stack}${error?.cause?.stack}${JSON.stringify(error)}`).not.toContain(
      'hunter2',
    );
    await wrong.close();
  });
});

it('sslcert and sslkey show who the client is', async () => {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', ...key, '-keyout', 'bob.key', '-out', 'bob.csr', '-subj', '/CN=bob');
  openssl(
    'x509',
    '-req',
    '-in',
    'bob.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-days',
    '2',
    '-out',
    'bob.crt',
  );
  await encrypted.execute('postgres', 'CREATE ROLE bob LOGIN');
  await encrypted.execute('postgres', `ALTER SYSTEM SET ssl_ca_file = '${file('ca.crt')}'`);
  await encrypted.execute(
    'postgres',
    "COPY (SELECT 'hostssl all bob all cert' UNION ALL SELECT 'host all postgres all trust') TO PROGRAM 'cat > pg_hba.conf'; SELECT pg_reload_conf()",
  );
  const url = `postgres://bob@localhost:${encrypted.port}/postgres?sslmode=require`;
  const certified = `${url}&sslcert=${file('bob.crt')}&sslkey=${file('bob.key')}`;
  const [known, unknown] = await Promise.all(
    [certified, url].map((connectionString) => createDatabase({ connectionString })),
  );
  expect(await known?.ping()).toMatchObject({ isHealthy: true });
  expect(await unknown?.ping()).toMatchObject({ isHealthy: false });
  await Promise.all([known?.close(), unknown?.close()]);
});

it('a request to cancel is encrypted like its connection', async () => {
  const query = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: file('ca.crt') });
  const connectionString = `postgres://postgres@localhost:${encrypted.port}/postgres?${query}`;
  const db = await createDatabase({ connectionString });
  const sleep = { name: 'sleep', text: 'SELECT pg_sleep(30)', values: [], shape: null };
  await db.ping();
  const failed = db[executor].execute(sleep, { signal: AbortSignal.timeout(100) });
  await expect(failed).rejects.toThrow(StatementCancelledError);
  await db.close();
});

// Only newer servers take it.
it.runIf(testCluster().major >= 17)('TLS may begin at once, without asking', async () => {
  const parameters = { sslmode: 'require', sslnegotiation: 'direct' };
  expect(await isEncrypted(encrypted, parameters)).toBe(true);
});
