import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  freePort,
  type GuardedProcess,
  giveTo,
  isFreePort,
  makeScratch,
  serverAccount,
  startGuarded,
} from '@tothub/db-embedded/parts';
import { PoolerNotFoundError, PoolerStartError } from './errors.ts';

/** What to put PgBouncer in front of, and how it pools. */
export interface PgbouncerOptions {
  /** Database URL whose server, user and password it connects with. */
  readonly url: string;
  /**
   * When a server connection goes back to the pool.
   * @default 'transaction'
   */
  readonly mode?: 'transaction' | 'session' | 'statement';
  /** More settings of its section `[pgbouncer]`, for example `default_pool_size`. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A running PgBouncer. */
export interface Pgbouncer extends AsyncDisposable {
  /** The URL it was given, through the pooler. */
  readonly url: string;
  /** Ends it at once, its connections with it. */
  stop(): Promise<void>;
}

/**
 * The pgbouncer program: the one that `PGTEST_PGBOUNCER` names, else this machine's. Undefined where there is none, so
 * that tests can say what they skip.
 */
export function pgbouncerBinary(): string | undefined {
  const named = process.env.PGTEST_PGBOUNCER;
  if (named !== undefined) return isExecutable(named) ? named : undefined;
  // Debian keeps it where only root looks.
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, 'pgbouncer'))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a PgBouncer on 127.0.0.1 and a free port. It ends with this process, however that ends.
 * @throws PoolerNotFoundError where the program is missing.
 * @throws PoolerStartError with the end of its log.
 * @see https://www.pgbouncer.org/config.html
 * @example
 * await using pooler = await startPgbouncer({ url: database.url, settings: { default_pool_size: 2 } });
 * const client = new pg.Client({ connectionString: pooler.url });
 */
export async function startPgbouncer(options: PgbouncerOptions): Promise<Pgbouncer> {
  const command = pgbouncerBinary();
  if (command === undefined) {
    throw new PoolerNotFoundError(
      'PgBouncer is not on this machine. Install it (Debian: apt install pgbouncer), or skip what needs it.',
    );
  }
  const account = serverAccount();
  const scratch = makeScratch(account, 'pgtest-pooler-');
  const ini = join(scratch, 'pgbouncer.ini');
  const write = (path: string, text: string): void => {
    writeFileSync(path, text, { mode: 0o600 });
    giveTo(account, path);
  };
  const end = async (pooler?: GuardedProcess): Promise<void> => {
    await pooler?.stop('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    write(join(scratch, 'users.txt'), userList(options.url));
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      write(ini, configuration(options, port, join(scratch, 'users.txt')));
      const pooler = startGuarded({
        command,
        args: [ini],
        account,
        cwd: scratch,
        stopSignal: 'SIGKILL',
        scratch,
      });
      if (await isListening(pooler, port)) {
        pooler.unref();
        const url = new URL(options.url);
        url.host = `127.0.0.1:${port}`;
        return { url: url.href, stop: () => end(pooler), [Symbol.asyncDispose]: () => end(pooler) };
      }
      await pooler.stop('SIGKILL');
      // Another process can take the port between the probe and the start.
      if (attempt < 5 && !(await isFreePort(port))) continue;
      throw new PoolerStartError(
        `PgBouncer did not start. The end of its log says why:\n${pooler.log()}`,
        { cause: pooler.failure() },
      );
    }
  } catch (error) {
    await end();
    throw error;
  }
}

function configuration({ url, mode, settings }: PgbouncerOptions, port: number, users: string) {
  const target = new URL(url);
  return [
    '[databases]',
    `* = host=${target.hostname} port=${target.port || 5432}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${users}`,
    `pool_mode = ${mode ?? 'transaction'}`,
    ...Object.entries(settings ?? {}).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n');
}

function userList(url: string): string {
  const { username, password } = new URL(url);
  const quote = (text: string): string => `"${decodeURIComponent(text).replaceAll('"', '""')}"`;
  return `${quote(username || 'postgres')} ${quote(password)}\n`;
}

async function isListening(pooler: GuardedProcess, port: number): Promise<boolean> {
  for (let waited = 0; waited < 10_000 && !pooler.hasEnded(); waited += 20) {
    if (await accepts(port)) return !pooler.hasEnded();
    await sleep(20);
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
