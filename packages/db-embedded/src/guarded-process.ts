import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Account } from './account.ts';
import { serverEnvironment } from './initdb.ts';

// The shell becomes the program (exec), so the child's pid is the program's. A background reader of our
// pipe waits for the line that dismisses it. When this process ends in any other way, SIGKILL included, it
// reads end of file instead, stops the program and removes the folder that goes with it. (The pipe is not
// stdin: Node.js closes that one when the program ends, before anything could be said.)
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

/** What to run, as whom, and how it ends when this process does. */
export interface GuardOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly account: Account;
  readonly cwd: string;
  readonly stopSignal: NodeJS.Signals;
  /** Folder that the watchdog removes with the program when this process is killed. */
  readonly scratch: string | undefined;
}

/** A server program, with a watchdog beside it that ends it with this process. */
export interface GuardedProcess {
  readonly pid: number;
  hasEnded(): boolean;
  /** Why it could not be run at all. */
  failure(): Error | undefined;
  /** The end of what it said on stderr. */
  log(): string;
  /** Lets this process end before the program does. */
  unref(): void;
  /** Sends a signal and waits for the end. Does nothing when it is gone already. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a program that ends with this process, however that ends. */
export function startGuarded(options: GuardOptions): GuardedProcess {
  const child = spawn('/bin/sh', ['-c', LAUNCH, 'sh', options.command, ...options.args], {
    ...options.account,
    env: {
      ...serverEnvironment(),
      PGTEST_STOP: options.stopSignal.replace('SIG', ''),
      PGTEST_SCRATCH: options.scratch ?? '',
    },
    cwd: options.cwd,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal reaches us, not the program.
    detached: true,
  });
  const [stderr, watchdog] = [child.stdio[2] as Socket, child.stdio[3] as Socket];
  let log = '';
  let failure: Error | undefined;
  stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log = (log + chunk).slice(-20_000);
  });
  child.on('error', (error) => {
    failure = error;
  });
  watchdog.on('error', () => {}); // It is gone: nothing to dismiss.
  // Dismissed as soon as its program is gone, else it could signal another process of the same number.
  child.once('exit', () => watchdog.end('stopped\n'));

  const hasEnded = () =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? -1,
    hasEnded,
    failure: () => failure,
    log: () => log,
    unref() {
      child.unref();
      stderr.unref();
      watchdog.unref();
    },
    async stop(signal) {
      if (hasEnded()) return;
      child.ref();
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await gone;
    },
  };
}
