import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority of one's own, and a certificate of it for the name `localhost` alone. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes them in a new folder, with the `openssl` program. */
export function makeCertificates(folder: string): Certificates {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const openssl = (command: string): Buffer =>
    execFileSync('openssl', command.split(' '), {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  openssl(`req -x509 ${newKey} -keyout ca.key -out ca.crt -subj /CN=authority -days 2`);
  openssl(`req ${newKey} -keyout server.key -out server.csr -subj /CN=localhost`);
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost');
  openssl(
    'x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names -days 2 -out server.crt',
  );
  return {
    authority: join(folder, 'ca.crt'),
    certificate: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
  };
}

/** The server insists that its key belongs to the account that its data belong to. */
export function giveKeyToOwnerOf(dataDir: string, { key }: Certificates): void {
  const { uid, gid } = statSync(dataDir);
  chmodSync(key, 0o600);
  if (process.getuid?.() === 0) chownSync(key, uid, gid);
}
