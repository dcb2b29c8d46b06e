import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@tothub/db-testkit';
import { giveKeyToOwnerOf, makeCertificates } from './certificates.ts';

/** With all that a URL, a password file or a shell could trip over. */
const PASSWORD = `h"u'n:t\\e r2@ü`;

/** A server that lets nobody in from outside but over TLS, with a password (SCRAM). */
export interface GuardedServer {
  readonly server: PostgresServer;
  /** Database of an ordinary role, `own er`, which checks the certificate (`verify-full`, own authority). */
  readonly url: URL;
  /** The certificate of the authority. */
  readonly authority: string;
}

/** Starts one whose files lie in a folder, with a database that its role owns. */
export async function guardedServer(folder: string, major: number): Promise<GuardedServer> {
  const certificates = makeCertificates(join(folder, 'certificates'));
  const hba = join(folder, 'pg_hba.conf');
  await chmod(folder, 0o755);
  await writeFile(
    hba,
    'host all postgres 127.0.0.1/32 trust\nhostssl all all samehost scram-sha-256\n',
  );
  // Whom the key must belong to is known only once there is a server: TLS begins with its second start.
  const server = await startPostgres({ major, settings: { hba_file: hba } });
  giveKeyToOwnerOf(server.dataDir, certificates);
  for (const setting of [
    `ssl_cert_file = '${certificates.certificate}'`,
    `ssl_key_file = '${certificates.key}'`,
    `ssl = on`,
  ]) {
    await server.execute('postgres', `ALTER SYSTEM SET ${setting}`);
  }
  await server.halt();
  await server.resume();
  await server.execute(
    'postgres',
    `CREATE ROLE "own er" LOGIN CREATEDB PASSWORD '${PASSWORD.replaceAll("'", "''")}'`,
  );
  await server.execute(
    'postgres',
    `CREATE DATABASE app OWNER "own er" LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
  );
  const url = new URL(server.url('app'));
  url.hostname = 'localhost';
  url.username = 'own er';
  url.password = encodeURIComponent(PASSWORD);
  url.search = `?sslmode=verify-full&sslrootcert=${encodeURIComponent(certificates.authority)}&channel_binding=require`;
  return { server, url, authority: certificates.authority };
}
