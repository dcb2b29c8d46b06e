import { spawnSync } from 'node:child_process';

const PROGRAM = 'age';

/** True where the `age` program is on PATH. */
export const hasAge = spawnSync(PROGRAM, ['--version']).status === 0;

/** Runs `age` and gives what it prints. */
export function age(args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(PROGRAM, args, { input, maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`age exited with ${status}: ${stderr}`);
  return stdout;
}
