import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';
import { type Account, serverAccount } from './account.ts';
import type { BinarySet } from './binaries.ts';
import type { ClusterHome } from './cluster-home.ts';
import { DataDirectoryError, ServerNotFoundError } from './errors.ts';
import { freePort, isFreePort } from './free-port.ts';
import { obtainBinaries } from './install-binaries.ts';
import { assertNotServed, openKeptCluster } from './kept-cluster.ts';
import { clusterMajor, keptLocation } from './kept-location.ts';
import { launch, type RunningServer } from './launch.ts';
import { reachableBinDir } from './reachable-binaries.ts';
import { makeThrowawayCluster } from './throwaway-cluster.ts';

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

/** A running server. */
export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  readonly binaries: BinarySet;
  /** Where the data really lies. */
  readonly dataDir: string;
  /** Milliseconds from the call until the data folder was there, and until the server took connections. */
  readonly startMs: {
    readonly dataFolder: number;
    readonly ready: number;
    readonly cached: boolean;
  };
  /** The superuser's URL of a database. @default postgres */
  url(database?: string): string;
  /** Creates a database, copied from a template when one is named. Returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Runs a script of any number of statements over the simple protocol. */
  execute(database: string, script: string): Promise<void>;
  /** Stops the server, and removes its data unless they are kept. A second call does nothing. */
  stop(): Promise<void>;
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
  const dataFolder = performance.now() - began;
  const { server, port } = await serve(binDir, home, options.settings ?? {});
  const ready = performance.now() - began;

  const url = (database = 'postgres'): string =>
    `postgresql://postgres@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable`;
  const execute = async (database: string, script: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url(database) });
    await client.connect();
    try {
      await client.query(script);
    } finally {
      await client.end();
    }
  };
  const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

  return {
    port,
    pid: server.pid,
    binaries,
    dataDir: home.dataDir,
    startMs: { dataFolder, ready, cached: home.cached },
    url,
    execute,
    async createDatabase(name, template) {
      const from = template === undefined ? '' : ` TEMPLATE ${quote(template)}`;
      // A third of the time on a memory-backed folder; with fsync on, its two checkpoints cost more.
      const strategy = home.scratch === undefined ? '' : ' STRATEGY FILE_COPY';
      await execute('postgres', `CREATE DATABASE ${quote(name)}${from}${strategy}`);
      return url(name);
    },
    dropDatabase: (name) =>
      execute('postgres', `DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`),
    async stop() {
      await server.stop();
      discard(home);
    },
  };
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

async function serve(
  binDir: string,
  home: ClusterHome,
  settings: Readonly<Record<string, string>>,
): Promise<{ server: RunningServer; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      const server = await launch(binDir, home, { ...home.settings, ...settings, port: `${port}` });
      return { server, port };
    } catch (error) {
      // Another process can take the port between the probe and the start.
      if (attempt < 5 && !(await isFreePort(port))) continue;
      discard(home);
      // Of two starts at once on one kept folder, the server itself lets only the first through.
      if (home.scratch === undefined) await assertNotServed(home.dataDir);
      throw error;
    }
  }
}

function discard(home: ClusterHome): void {
  if (home.scratch !== undefined) rmSync(home.scratch, { recursive: true, force: true });
}
