import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HashJob } from './hash-job.ts';
import { createHashPool, type HashPool, type HashPoolOptions } from './hash-pool.ts';

const quick: HashJob = {
  operation: 'hash',
  secret: 'quick',
  cost: { algorithm: 'bcrypt', cost: 4 },
};
/** Seconds of work. */
const slow: HashJob = { ...quick, cost: { algorithm: 'bcrypt', cost: 14 } };

let pools: HashPool[] = [];
let workers: Worker[] = [];
const onWorker = (worker: Worker) => workers.push(worker);

beforeEach(() => {
  process.on('worker', onWorker);
});
afterEach(async () => {
  process.off('worker', onWorker);
  await Promise.all(pools.map((pool) => pool.close()));
  pools = [];
  workers = [];
});

function poolOf(options: HashPoolOptions): HashPool {
  const pool = createHashPool(options);
  pools.push(pool);
  return pool;
}

test('starts as many threads as it may, and no more', async () => {
  const pool = poolOf({ threadCount: 2 });
  const answers = await Promise.all(Array.from({ length: 8 }, () => pool.run(quick)));
  expect(new Set(answers).size).toBe(8);
  expect(workers).toHaveLength(2);
});

test('refuses what its queue does not take, and goes on', async () => {
  const pool = poolOf({ threadCount: 1, queueLimit: 2 });
  const running = [pool.run(quick), pool.run(quick), pool.run(quick)];
  await expect(pool.run(quick)).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_HASH_QUEUE_FULL',
    isRetryable: true,
  });
  await Promise.all(running);
  expect(await pool.run(quick)).toMatch(/^\$2b\$04\$/);
});

test('runs at once only what fits into its memory, in the order of arrival', async () => {
  const pool = poolOf({ threadCount: 2, memoryLimitBytes: 12 * 2 ** 20 });
  const large: HashJob = {
    operation: 'hash',
    secret: 'large',
    cost: { algorithm: 'argon2id', memoryKiB: 7168, passes: 1, parallelism: 1 },
  };
  await Promise.all([pool.run(large), pool.run(large), pool.run(large)]);
  expect(workers).toHaveLength(1);
  const order: string[] = [];
  await Promise.all([
    ...['first', 'second'].map((name) => pool.run(large).then(() => order.push(name))),
    pool.run(quick).then(() => order.push('small')),
  ]);
  // The small one runs beside the second, so which of the two ends first is open.
  expect(order[0]).toBe('first');
  expect(workers).toHaveLength(2);
});

test('refuses limits with which nothing would ever run', () => {
  for (const limits of [
    { threadCount: 0 },
    { queueLimit: 0.5 },
    { memoryLimitBytes: Number.NaN },
  ]) {
    expect(() => createHashPool(limits)).toThrow(/not a positive whole number/);
  }
});

test('refuses a job that would never fit into its memory', async () => {
  const pool = poolOf({ memoryLimitBytes: 2 ** 20 });
  const cost = { algorithm: 'argon2id', memoryKiB: 1025, passes: 1, parallelism: 1 } as const;
  await expect(pool.run({ ...quick, cost })).rejects.toThrow(/more memory than the pool may use/);
});

test('a thread that is killed fails its own job only', async () => {
  const pool = poolOf({ threadCount: 1 });
  const killed = pool.run(slow);
  const waiting = pool.run(quick);
  await expect.poll(() => workers).toHaveLength(1);
  await workers[0]?.terminate();
  await expect(killed).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_HASH_WORKER',
    isRetryable: true,
  });
  expect(await waiting).toMatch(/^\$2b\$04\$/);
  expect(workers).toHaveLength(2);
});

test('a thread that is killed while idle is replaced', async () => {
  const pool = poolOf({ threadCount: 1 });
  await pool.run(quick);
  await workers[0]?.terminate();
  expect(await pool.run(quick)).toMatch(/^\$2b\$04\$/);
  expect(workers).toHaveLength(2);
});

test('an abort takes a waiting job away, and lets go of one under way', async () => {
  const pool = poolOf({ threadCount: 1, queueLimit: 2 });
  const [first, second] = [new AbortController(), new AbortController()];
  const running = pool.run({ ...quick, cost: { algorithm: 'bcrypt', cost: 10 } }, first.signal);
  const waiting = pool.run(slow, second.signal);
  const last = pool.run(quick);
  second.abort(new Error('gone'));
  await expect(waiting).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_ABORTED',
    cause: expect.objectContaining({ message: 'gone' }),
  });
  // The one that was taken away left its place in the queue.
  const another = pool.run(quick);
  first.abort();
  await expect(running).rejects.toMatchObject({ code: 'TOTHUB_SECURITY_ABORTED' });
  expect(await last).toMatch(/^\$2b\$04\$/);
  expect(await another).toMatch(/^\$2b\$04\$/);
  expect(workers).toHaveLength(1);
  await expect(pool.run(quick, AbortSignal.abort())).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_ABORTED',
  });
});

test('leaves no listener on a signal that outlives many jobs', async () => {
  const pool = poolOf({ threadCount: 1 });
  const { signal } = new AbortController();
  let listening = 0;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = function (this: AbortSignal, ...args: Parameters<typeof add>) {
    listening += 1;
    return add.apply(this, args);
  } as typeof add;
  signal.removeEventListener = function (this: AbortSignal, ...args: Parameters<typeof remove>) {
    listening -= 1;
    return remove.apply(this, args);
  } as typeof remove;
  await Promise.all([pool.run(quick, signal), pool.run(quick, signal)]);
  expect(listening).toBe(0);
});

test('a closed pool fails what waits, and takes nothing more', async () => {
  const pool = poolOf({ threadCount: 1 });
  const jobs = [pool.run(slow), pool.run(quick)];
  const settled = Promise.allSettled(jobs);
  await pool.close();
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(pool.run(quick)).rejects.toThrow('The hash pool is closed. Make a new one.');
});

test('a failing algorithm is an answer without text', async () => {
  const pool = poolOf({ threadCount: 1 });
  // RFC 7914 wants N below 2^16 where r is 1.
  const wrong = { algorithm: 'scrypt', costLog2: 16, blockSize: 1, parallelism: 1 } as const;
  const job: HashJob = { operation: 'hash', secret: 'x', cost: wrong };
  await expect(pool.run(job)).resolves.toEqual({ failed: true });
});

/** Runs this code with `hashCredential` in a process of its own, and gives how it ended and what it printed. */
async function runAlone(code: string, flags: string[]): Promise<unknown[]> {
  const source = fileURLToPath(new URL('./hash-credential.ts', import.meta.url));
  const program = `const { hashCredential } = await import(${JSON.stringify(source)}); ${code}`;
  const child = spawn(
    process.execPath,
    ['--conditions=@tothub/source', ...flags, '--input-type=module', '--eval', program],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [exitCode, signal] = await once(child, 'close');
  clearTimeout(timer);
  return [exitCode, signal, output];
}

test('a process ends by itself once its hashes are done', async () => {
  const code = `const hashes = await Promise.all(['a', 'b'].map((s) => hashCredential(s, { cost: 10 })));
    console.log(hashes.length);`;
  expect(await runAlone(code, [])).toEqual([0, null, '2\n']);
});

test('a process that may have no threads is told so, each time', async () => {
  const code = `for (const secret of ['a', 'b']) {
      await hashCredential(secret).catch(({ code, cause }) => console.log(code, cause.code));
    }`;
  const flags = ['--permission', '--allow-fs-read=*', '--no-warnings'];
  const line = 'TOTHUB_SECURITY_HASH_WORKER ERR_ACCESS_DENIED\n';
  expect(await runAlone(code, flags)).toEqual([0, null, line + line]);
});
