import type { TlsOptions } from './tls.ts';

/** Where a server listens, and how the connection to it is encrypted. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions;
  readonly sslNegotiation: 'postgres' | 'direct';
}
