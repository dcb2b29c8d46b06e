import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Starts a restore in a process of its own and kills it at the nth event of a phase. True where it came that far; false
 * where it was done before.
 */
export async function killedRestore(
  into: string,
  path: string,
  at: { readonly phase: string; readonly count?: number },
  options: object = {},
): Promise<boolean> {
  const script = fileURLToPath(new URL('./child-restore.ts', import.meta.url));
  const { phase, count = 1 } = at;
  const child = spawn(
    process.execPath,
    ['--conditions=@tothub/source', script, into, path, phase, `${count}`, JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const closed = once(child, 'close');
  const said = await Promise.race([
    once(child.stdout, 'data').then(([text]) => String(text)),
    closed.then(() => 'failed\n'),
  ]);
  child.kill('SIGKILL');
  await closed;
  if (said === 'failed\n') throw new Error('The restore failed by itself.');
  return said === 'stopped\n';
}
