/**
 * Addresses of Neon. Its pooled host name leads to a PgBouncer that gives every transaction another session, which can
 * hold no snapshot; the direct one is the same without `-pooler`.
 */

const SCHEME_AND_HOST = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)/i;
const HOST_PARAMETER = /([?&]host=)([^&#]*)/;
const POOLED = /^([^.:]+)-pooler(?=[.:]|$)/i;
const NEON = /\.neon\.(?:tech|build)$/i;

/** The connection string with the direct host where it names a pooled one; else as it is. */
export function directAddress(connectionString: string): string {
  return connectionString
    .replace(
      SCHEME_AND_HOST,
      (_, before: string, host: string) => before + host.replace(POOLED, '$1'),
    )
    .replace(
      HOST_PARAMETER,
      (_, before: string, host: string) => before + host.replace(POOLED, '$1'),
    );
}

/** True for a host name of Neon. */
export function isNeonHost(host: string): boolean {
  return NEON.test(host);
}
