import { resolve } from 'node:path';
import {
  type Account,
  type BinarySet,
  type ClusterHome,
  makeThrowawayCluster,
  reachableBinDir,
  ServerNotFoundError,
  serverAccount,
} from '@tothub/db-embedded/parts';
import { DataDirectoryError } from './errors.ts';
import { obtainBinaries } from './install-binaries.ts';
import { openKeptCluster } from './kept-cluster.ts';
import { clusterMajor, keptLocation } from './kept-location.ts';
import { type PostgresServer, serveCluster } from './serve-cluster.ts';

/** What to start, and where. */
export interface StartOptions {
  /**
   * Major version wanted.
   * @default the one that `dataDir` was made by, else the newest installed server
   */
  readonly major?: number;
  /** Server settings over the ones chosen here. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * Folder of a cluster that is kept: made by the first start, served again by the next, with durable
   * settings and a clean shutdown. Without it the cluster is thrown away.
   */
  readonly dataDir?: string;
  /** Told what takes long: a version that has to be installed. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Starts a PostgreSQL server of its own, on 127.0.0.1 and a free port. It ends with this process, however
 * that ends. As root the server runs as an unprivileged account.
 * @throws ServerNotFoundError, ServerInstallError, ServerAccountError, ServerStartError
 * @throws DataDirectoryError, DataDirectoryInUseError for a `dataDir` that cannot be served.
 * @example
 * const server = await startPostgres({ major: 18, dataDir: 'demo/postgres' });
 * const url = await server.createDatabase('app'); // CREATE DATABASE "app"
 * await server.stop();
 */
export async function startPostgres(options: StartOptions = {}): Promise<PostgresServer> {
  if (process.platform === 'win32') {
    throw new ServerNotFoundError(
      'Servers are not started on Windows. Use WSL, or give the URL of a running PostgreSQL.',
    );
  }
  const began = performance.now();
  const account = serverAccount();
  const { binaries, binDir, home } = await prepare(options, account);
  const settings = { ...home.settings, ...options.settings };
  return serveCluster({ binaries, binDir, home: { ...home, settings }, began });
}

interface Prepared {
  readonly binaries: BinarySet;
  readonly binDir: string;
  readonly home: ClusterHome;
}

async function prepare(options: StartOptions, account: Account): Promise<Prepared> {
  const dataDir =
    options.dataDir === undefined ? undefined : keptLocation(resolve(options.dataDir), account);
  const made = dataDir === undefined ? undefined : clusterMajor(dataDir);
  if (made !== undefined && options.major !== undefined && made !== options.major) {
    throw new DataDirectoryError(
      `${dataDir} was made by PostgreSQL ${made} and cannot be served by ${options.major}. Ask for ${made}, or name another folder.`,
    );
  }
  const binaries = await obtainBinaries(made ?? options.major, options.onNotice);
  const binDir = await reachableBinDir(binaries, account);
  const home =
    dataDir === undefined
      ? await makeThrowawayCluster(binaries, binDir, account)
      : await openKeptCluster(dataDir, binaries, binDir, account);
  return { binaries, binDir, home };
}
