/**
 * Hashing side by side: the pool on all cores beside one thread and beside the libraries themselves, what the event
 * loop feels of it, and whether a login tells who exists.
 */
import { argon2Sync, randomBytes, scryptSync } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hashSync as nativeArgon2 } from '@node-rs/argon2';
import { hashSync as nativeBcrypt } from '@node-rs/bcrypt';
import { type Contender, type Measured, measure, scenarioTable } from '@tothub/db-testkit';
import { hashSync as bcryptjs } from 'bcryptjs';
import {
  calibrateCost,
  createHashPool,
  type HashOptions,
  hashCredential,
  verifyCredential,
} from '../src/index.ts';
import { loopDelayTable } from './hashing-loop-delay.ts';

const CORES = availableParallelism();
/** Every run makes that many hashes, so that a pool has no idle end. */
const HASHES = 2 * CORES;
const SECRET = 'correct horse battery staple';

/** Work of a loop on the calling thread. */
const sync = (name: string, hash: () => unknown): Contender => ({
  name,
  async run() {
    for (let i = 0; i < HASHES; i++) hash();
  },
});

/** The tables of hashing, as Markdown. */
export async function benchHashing({ quick }: { readonly quick: boolean }): Promise<string> {
  const one = createHashPool({ threadCount: 1 });
  const all = createHashPool();
  const pooled = (name: string, options: HashOptions): Contender => ({
    name,
    run: () => Promise.all(Array.from({ length: HASHES }, () => hashCredential(SECRET, options))),
  });
  const both = (options: HashOptions): [Contender, Contender] => [
    pooled('db-security, one thread', { ...options, pool: one }),
    pooled(`db-security, ${CORES} threads`, { ...options, pool: all }),
  ];
  const rates: [string, [Contender, ...Contender[]]][] = [
    [
      'bcrypt, cost 10',
      [
        ...both({ cost: 10 }),
        sync('bcryptjs, hashSync', () => bcryptjs(SECRET, 10)),
        sync('@node-rs/bcrypt, hashSync (native)', () => nativeBcrypt(SECRET, { cost: 10 })),
      ],
    ],
    [
      'argon2id, 19 MiB, 2 passes',
      [
        ...both({ algorithm: 'argon2id' }),
        sync('@node-rs/argon2, hashSync', () => nativeArgon2(SECRET)),
        sync('node:crypto, argon2Sync', () =>
          argon2Sync('argon2id', {
            message: SECRET,
            nonce: randomBytes(16),
            memory: 19_456,
            passes: 2,
            parallelism: 1,
            tagLength: 32,
          }),
        ),
      ],
    ],
    [
      'scrypt, N = 2^14, r = 8, p = 5',
      [
        ...both({ algorithm: 'scrypt', costLog2: 14, parallelism: 5 }),
        sync('node:crypto, scryptSync', () =>
          scryptSync(SECRET, randomBytes(16), 32, { N: 2 ** 14, p: 5 }),
        ),
      ],
    ],
  ];
  const sections: string[] = [];
  for (const [title, contenders] of rates) {
    const measured = await measure(contenders, {
      rounds: quick ? 1 : 12,
      sliceMs: 1,
      concurrency: 1,
    });
    sections.push(
      scenarioTable(`Hashing: ${title}, ${HASHES} hashes`, measured),
      ratesOf(measured),
    );
    console.log(`\n${sections.slice(-2).join('\n\n')}`);
  }
  sections.push(await loopDelayTable({ durationMs: quick ? 500 : 5000, pool: all }));
  console.log(`\n${sections.at(-1)}`);
  sections.push(await knownAndUnknown(quick));
  console.log(`\n${sections.at(-1)}`);
  await Promise.all([one.close(), all.close()]);
  sections.push(await calibrations(quick));
  console.log(`\n${sections.at(-1)}`);
  return sections.join('\n\n');
}

/** On a busy machine two threads get no more cores than one; what a hash takes of the processor still tells. */
function ratesOf(measured: readonly Measured[]): string {
  const [one, all] = measured as [Measured, Measured];
  const perSecond = (each: Measured) => ((HASHES * 1e6) / each.bestMicros).toFixed(1);
  return (
    `At best ${perSecond(one)} hashes a second on one thread, ${perSecond(all)} on ${CORES}: ` +
    `${(1 / all.floor).toFixed(2)}x (median of the rounds ${(1 / all.paired).toFixed(2)}x, ` +
    `by processor time ${(CORES / all.cpu).toFixed(2)}x where all cores are free).`
  );
}

/** The time of a login, by turns: a wrong password, a user who does not exist, a stored text that is no hash. */
async function knownAndUnknown(quick: boolean): Promise<string> {
  const options = { cost: quick ? 10 : 12, prehashContext: 'bench' };
  const stored = await hashCredential('another', options);
  const login = (name: string, row: string | null): Contender => ({
    name,
    run: () => verifyCredential(SECRET, row, options),
  });
  const measured = await measure(
    [
      login('wrong password', stored),
      login('unknown user', null),
      login('unreadable hash', 'no hash'),
    ],
    { rounds: quick ? 2 : 15, sliceMs: 1, concurrency: 1 },
  );
  return scenarioTable(`Time of a failed login, bcrypt of cost ${options.cost}`, measured);
}

/** What calibrateCost gives for a budget here. */
async function calibrations(quick: boolean): Promise<string> {
  const rows: string[] = [];
  for (const algorithm of ['bcrypt', 'argon2id', 'scrypt'] as const) {
    for (const budgetMs of quick ? [1] : [100, 250, 1000]) {
      const { algorithm: _, ...settings } = await calibrateCost(budgetMs, { algorithm });
      const text = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
      rows.push(`| ${algorithm} | ${budgetMs} ms | ${text.join(', ')} |`);
    }
  }
  return [
    '### What calibrateCost gives here',
    '',
    '| | budget | cost |',
    '|---|---:|---|',
    ...rows,
  ].join('\n');
}
