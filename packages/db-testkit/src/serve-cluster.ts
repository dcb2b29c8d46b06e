import { rmSync } from 'node:fs';
import {
  type BinarySet,
  type ClusterHome,
  freePort,
  type GuardedProcess,
  isFreePort,
  launch,
} from '@tothub/db-embedded/parts';
import pg from 'pg';
import { assertNotServed } from './kept-cluster.ts';
import { makeReplicaCluster } from './replica-cluster.ts';

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
  /**
   * Ends the server and keeps its data; `resume` serves them again. `crash` is a power cut: what was committed
   * asynchronously is then lost, and a throwaway server commits so unless `settings` say otherwise.
   * @default 'clean'
   */
  halt(how?: 'clean' | 'crash'): Promise<void>;
  /** Serves the data again after `halt`, on the same port. Returns when connections are accepted. */
  resume(): Promise<void>;
  /**
   * Starts a hot standby that streams from this server, which needs the `settings` `wal_level: 'replica'` and
   * `max_wal_senders` above 0. It holds every database, and takes reads only.
   */
  startReplica(): Promise<PostgresServer>;
  /** Stops the server, and removes its data unless they are kept. A second call does nothing. */
  stop(): Promise<void>;
}

/** A cluster, and the programs to serve it with. */
interface ServeOptions {
  readonly binaries: BinarySet;
  readonly binDir: string;
  readonly home: ClusterHome;
  /** When the caller began, for `startMs`. */
  readonly began: number;
}

/** Serves a cluster on a free port. @throws ServerStartError */
export async function serveCluster(options: ServeOptions): Promise<PostgresServer> {
  const { binaries, binDir, home, began } = options;
  const dataFolder = performance.now() - began;
  const started = await launchOnFreePort(binDir, home);
  const { port } = started;
  let { server } = started;
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
    get pid() {
      return server.pid;
    },
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
    halt: (how = 'clean') => server.stop(how === 'clean' ? 'SIGINT' : 'SIGQUIT'),
    async resume() {
      if (!server.hasEnded()) return;
      server = await launch(binDir, home, { ...home.settings, port: `${port}` });
    },
    async startReplica() {
      const replica = await makeReplicaCluster(home, { url: url(), port });
      return serveCluster({ binaries, binDir, home: replica, began: performance.now() });
    },
    async stop() {
      await server.stop(home.stopSignal);
      discard(home);
    },
  };
}

async function launchOnFreePort(
  binDir: string,
  home: ClusterHome,
): Promise<{ server: GuardedProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      const server = await launch(binDir, home, { ...home.settings, port: `${port}` });
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
