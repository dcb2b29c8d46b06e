import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { hash as bcryptjsAsync } from 'bcryptjs';
import { createHashPool, hashCredential } from '../src/index.ts';

/** How late timers of the main thread are while hashes are made. */
export async function loopDelayTable(durationMs: number): Promise<string> {
  const pool = createHashPool();
  const rows: string[] = [];
  const works: readonly [string, () => Promise<unknown>][] = [
    ['nothing', () => sleep(10)],
    ['db-security, bcrypt, cost 12', () => hashCredential('secret', { pool })],
    ['db-security, argon2id', () => hashCredential('secret', { algorithm: 'argon2id', pool })],
    ['db-security, scrypt', () => hashCredential('secret', { algorithm: 'scrypt', pool })],
    ['bcryptjs, its asynchronous hash, cost 12', () => bcryptjsAsync('secret', 12)],
  ];
  for (const [name, work] of works) {
    await work(); // Threads started, code compiled.
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const end = performance.now() + durationMs;
    const keepBusy = async () => {
      while (performance.now() < end) await work();
    };
    delay.enable();
    await Promise.all(Array.from({ length: 2 * availableParallelism() }, keepBusy));
    delay.disable();
    const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(1);
    rows.push(
      `| ${name} | ${ms(delay.percentile(50))} ms | ${ms(delay.percentile(99))} ms | ${ms(delay.max)} ms |`,
    );
  }
  await pool.close();
  return [
    `### Event-loop delay with ${2 * availableParallelism()} hashes under way at any moment`,
    '',
    '| | median | 99th percentile | longest |',
    '|---|---:|---:|---:|',
    ...rows,
  ].join('\n');
}
