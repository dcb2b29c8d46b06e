import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterHome } from './cluster-home.ts';
import { ServerStartError } from './errors.ts';
import { serverEnvironment } from './initdb.ts';
import { readPostmasterFile } from './postmaster-file.ts';

// The shell becomes postgres (exec), so the child's pid is the postmaster's. A background reader of our
// pipe waits for the line that dismisses it. When this process ends in any other way, SIGKILL included, it
// reads end of file instead, stops the server and removes the folder of a throwaway one. (The pipe is not
// stdin: Node.js closes that one when the server ends, before anything could be said.)
const LAUNCH = `
{
  read -r _ <&3 || {
    kill -"$PGTEST_STOP" $$
    if [ -n "$PGTEST_SCRATCH" ]; then
      n=0
      while [ $n -lt 50 ] && kill -0 $$; do sleep 0.1; n=$((n + 1)); done
      rm -rf "$PGTEST_SCRATCH"
    fi
  }
} >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

/** Crash recovery of a kept cluster can take a while; more than this is a fault. */
const START_TIMEOUT_MS = 120_000;

/** A server process that accepts connections, with the watchdog beside it. */
export interface RunningServer {
  readonly pid: number;
  /** Stops the server and waits for its end. Says nothing when it is gone already. */
  stop(): Promise<void>;
}

/**
 * Starts `postgres` on a cluster and waits until it accepts connections.
 * @throws ServerStartError with the end of the server's log.
 */
export async function launch(
  binDir: string,
  home: ClusterHome,
  settings: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      LAUNCH,
      'postgres',
      join(binDir, 'postgres'),
      '-D',
      home.dataDir,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...home.account,
      env: {
        ...serverEnvironment(),
        PGTEST_STOP: home.stopSignal.replace('SIG', ''),
        PGTEST_SCRATCH: home.scratch ?? '',
      },
      cwd: home.dataDir,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in the terminal reaches us, not the server.
      detached: true,
    },
  );
  const [stderr, watchdog] = [child.stdio[2] as Socket, child.stdio[3] as Socket];
  let log = '';
  let spawnFailure: Error | undefined;
  stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log = (log + chunk).slice(-20_000);
  });
  child.on('error', (error) => {
    spawnFailure = error;
  });
  watchdog.on('error', () => {}); // It is gone: nothing to dismiss.
  // Dismissed as soon as its server is gone, else it could signal another process of the same number.
  child.once('exit', () => watchdog.end('stopped\n'));

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const file = readPostmasterFile(home.dataDir);
    if (file?.pid === child.pid && file?.status === 'ready') break;
    if (spawnFailure || hasEnded(child) || Date.now() > deadline) {
      await stop(child, 'SIGQUIT');
      throw new ServerStartError(
        `postgres did not start on ${home.dataDir}. The end of its log says why:\n${log}`,
        { cause: spawnFailure },
      );
    }
    await sleep(10);
  }
  // Nothing here keeps the caller's process alive: when it ends, the watchdog stops the server.
  child.unref();
  stderr.unref();
  watchdog.unref();
  return { pid: child.pid ?? -1, stop: () => stop(child, home.stopSignal) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}
