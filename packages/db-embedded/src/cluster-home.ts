import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, giveTo } from './account.ts';
import { scratchRoot } from './places.ts';

/** A data folder ready to be served, and how its server is to be run and ended. */
export interface ClusterHome {
  readonly dataDir: string;
  readonly account: Account;
  /** True when no initdb was needed. */
  readonly cached: boolean;
  /** The folder to remove with the server; undefined when the data is kept. */
  readonly scratch: string | undefined;
  /** SIGINT: fast, clean. SIGQUIT: at once. */
  readonly stopSignal: 'SIGINT' | 'SIGQUIT';
  readonly settings: Readonly<Record<string, string>>;
}

/** Of every server: TCP on this machine only. */
export const LOCAL_ONLY = { listen_addresses: '127.0.0.1', unix_socket_directories: '' } as const;

/** A folder of the account's own, to be removed with what runs in it. */
export function makeScratch(account: Account, prefix: string, neededBytes?: number): string {
  const scratch = mkdtempSync(join(scratchRoot(account, neededBytes), prefix));
  giveTo(account, scratch);
  chmodSync(scratch, 0o755);
  return scratch;
}
