import type { Run } from '../lock/with-runner.ts';

/**
 * Runs a concurrent statement without `lock_timeout`. It waits for old transactions while it blocks nobody, and
 * a time-out in the middle would leave an INVALID index behind.
 */
export async function withoutLockTimeout<T>(run: Run, use: () => Promise<T>): Promise<T> {
  const { client } = run.worker;
  await client.query('SET lock_timeout = 0');
  try {
    return await use();
  } finally {
    await client.query(`SET lock_timeout = ${run.options.lockTimeoutMs}`).catch(() => {});
  }
}
