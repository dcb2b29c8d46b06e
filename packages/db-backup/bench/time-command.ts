import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a command line cost, as its shell counts it: with everything that it started. */
export interface Timed {
  readonly seconds: number;
  /** Processor time of the command's own processes; the server's is not in it. */
  readonly cpuSeconds: number;
  readonly stdout: string;
}

const run = promisify(execFile);

/** Runs a command line of bash, in which a failure anywhere in a pipe is a failure. */
export async function timeCommand(command: string, env: NodeJS.ProcessEnv): Promise<Timed> {
  const script = `set -euo pipefail; TIMEFORMAT='%R %U %S'; time { ${command}; }`;
  const { stdout, stderr } = await run('bash', ['-c', script], { env, maxBuffer: 1 << 24 });
  const [seconds = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { seconds, cpuSeconds: user + system, stdout };
}
