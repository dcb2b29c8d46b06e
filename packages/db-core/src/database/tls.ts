/**
 * What `sslmode` means: whether to encrypt, and whom to believe. As in libpq, `require` encrypts without looking who
 * answers, unless a root certificate is given. PostgreSQL manual: 34.19, SSL Support.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, getCACertificates } from 'node:tls';
import type { ConnectionSettings } from './connection-settings.ts';
import { ConfigurationError } from './pool-errors.ts';

/** How one attempt is encrypted; false for not at all. */
export type TlsOptions = ConnectionOptions | false;

/**
 * The ways to try, in this order. `allow` and `prefer` have two.
 * @throws ConfigurationError for a file that cannot be read.
 */
export function tlsAttempts(settings: ConnectionSettings): readonly [TlsOptions, ...TlsOptions[]] {
  // A Unix socket has no network to be heard on.
  if (settings.host.startsWith('/')) return [false];
  switch (settings.sslMode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, encrypted(settings)];
    case 'prefer':
      return [encrypted(settings), false];
    default:
      return [encrypted(settings)];
  }
}

function encrypted(settings: ConnectionSettings): ConnectionOptions {
  const { sslMode, sslRootCert, sslCert, sslKey } = settings;
  const isVerified =
    sslMode === 'verify-ca' ||
    sslMode === 'verify-full' ||
    (sslMode === 'require' && sslRootCert !== undefined);
  return {
    rejectUnauthorized: isVerified,
    ...(isVerified ? { ca: authorities(sslRootCert) } : {}),
    // verify-full leaves the check of the name to Node.
    ...(sslMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...(sslCert === undefined ? {} : { cert: readPem('sslcert', sslCert) }),
    ...(sslKey === undefined ? {} : { key: readPem('sslkey', sslKey) }),
  };
}

/** The file that is named, else the file that libpq looks for, else the authorities that Node comes with. */
function authorities(sslRootCert: string | undefined): string | string[] {
  if (sslRootCert === 'system') {
    const system = getCACertificates('system');
    // A container without a certificate store would trust nobody.
    return system.length > 0 ? system : getCACertificates('bundled');
  }
  if (sslRootCert !== undefined) return readPem('sslrootcert', sslRootCert);
  try {
    return readFileSync(join(homedir(), '.postgresql', 'root.crt'), 'utf8');
  } catch {
    return getCACertificates('bundled');
  }
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(
      `The file that ${name} names cannot be read. Give the path of a PEM file that this process may read.`,
      { cause },
    );
  }
}
