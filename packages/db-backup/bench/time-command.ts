import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createMemoryWatch } from './watch-memory.ts';

/** What a command line cost, as its shell counts it: with everything that it started. */
export interface Timed {
  readonly seconds: number;
  /** Processor time of the command's own processes; the server's is not in it. */
  readonly cpuSeconds: number;
  /** The most that all its processes held together; undefined where there is no /proc. */
  readonly memoryMb: number | undefined;
  readonly stdout: string;
}

/** Runs a command line of bash, in which a failure anywhere in a pipe is a failure. */
export async function timeCommand(command: string, env: NodeJS.ProcessEnv): Promise<Timed> {
  const script = `set -euo pipefail; TIMEFORMAT='%R %U %S'; time { ${command}; }`;
  const child = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const memory = createMemoryWatch(child.pid ?? 0);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  const memoryMb = memory.stop();
  if (code !== 0) throw new Error(`${command} exited with ${code}: ${stderr.slice(-2_000)}`);
  const [seconds = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { seconds, cpuSeconds: user + system, memoryMb, stdout };
}
