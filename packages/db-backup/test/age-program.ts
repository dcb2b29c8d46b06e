import { spawnSync } from 'node:child_process';

/** True where the `age` program is on PATH. */
export const hasAge = spawnSync('age', ['--version']).status === 0;

/** Runs `age` and gives what it prints. */
export function age(args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync('age', args, { input, maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`age exited with ${status}: ${stderr}`);
  return stdout;
}
