/** The pool on all cores beside one thread, and beside the libraries on the calling thread. */
import { argon2Sync, randomBytes, scryptSync } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hashSync as nativeArgon2 } from '@node-rs/argon2';
import { hashSync as nativeBcrypt } from '@node-rs/bcrypt';
import { type Contender, type Measured, measure, scenarioTable } from '@tothub/db-testkit';
import { hashSync as bcryptjs } from 'bcryptjs';
import { createHashPool, type HashOptions, hashCredential } from '../src/index.ts';

const CORES = availableParallelism();
const SECRET = 'correct horse battery staple';

interface Rate {
  readonly title: string;
  /** Hashes of one run: enough that its end, when one thread has no work left, does not count. */
  readonly hashCount: number;
  readonly options: HashOptions;
  /** The libraries that hash on the calling thread. */
  readonly libraries: Readonly<Record<string, () => unknown>>;
}

const RATES: readonly Rate[] = [
  {
    title: 'bcrypt, cost 10',
    hashCount: 4 * CORES,
    options: { cost: 10 },
    libraries: {
      'bcryptjs, hashSync': () => bcryptjs(SECRET, 10),
      '@node-rs/bcrypt, hashSync (native)': () => nativeBcrypt(SECRET, { cost: 10 }),
    },
  },
  {
    title: 'argon2id, 19 MiB, 2 passes',
    hashCount: 12 * CORES,
    options: { algorithm: 'argon2id' },
    libraries: {
      '@node-rs/argon2, hashSync': () => nativeArgon2(SECRET),
      'node:crypto, argon2Sync': () =>
        argon2Sync('argon2id', {
          message: SECRET,
          nonce: randomBytes(16),
          memory: 19_456,
          passes: 2,
          parallelism: 1,
          tagLength: 32,
        }),
    },
  },
  {
    title: 'scrypt, N = 2^14, r = 8, p = 5',
    hashCount: 2 * CORES,
    options: { algorithm: 'scrypt', costLog2: 14, parallelism: 5 },
    libraries: {
      'node:crypto, scryptSync': () =>
        scryptSync(SECRET, randomBytes(16), 32, { N: 2 ** 14, p: 5 }),
    },
  },
];

/** A table and a sentence for each algorithm. */
export async function* measureRates(quick: boolean): AsyncGenerator<string> {
  const pools = { one: createHashPool({ threadCount: 1 }), all: createHashPool() };
  for (const { title, hashCount, options, libraries } of RATES) {
    const pooled = (name: string, pool: typeof pools.one): Contender => ({
      name,
      run: () =>
        Promise.all(
          Array.from({ length: hashCount }, () => hashCredential(SECRET, { ...options, pool })),
        ),
    });
    const alone = ([name, hash]: [string, () => unknown]): Contender => ({
      name,
      async run() {
        for (let i = 0; i < hashCount; i++) hash();
      },
    });
    const measured = await measure(
      [
        pooled('db-security, one thread', pools.one),
        pooled(`db-security, ${CORES} threads`, pools.all),
        ...Object.entries(libraries).map(alone),
      ],
      { rounds: quick ? 1 : 10, sliceMs: 1, concurrency: 1 },
    );
    const table = scenarioTable(`Hashing: ${title}, ${hashCount} hashes`, measured);
    yield `${table}\n\n${gainOf(measured, hashCount)}`;
  }
  await Promise.all([pools.one.close(), pools.all.close()]);
}

/** On a busy machine two threads get no more cores than one; what a hash takes of the processor still tells. */
function gainOf(measured: readonly Measured[], hashCount: number): string {
  const [one, all] = measured as [Measured, Measured];
  const perSecond = (each: Measured) => ((hashCount * 1e6) / each.bestMicros).toFixed(1);
  return (
    `At best ${perSecond(one)} hashes a second on one thread, ${perSecond(all)} on ${CORES}: ` +
    `${(1 / all.floor).toFixed(2)}x (median of the rounds ${(1 / all.paired).toFixed(2)}x, ` +
    `by processor time ${(CORES / all.cpu).toFixed(2)}x where all cores are free).`
  );
}
