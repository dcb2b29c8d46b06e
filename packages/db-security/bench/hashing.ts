/**
 * Hashing: what the pool gains, what the event loop feels of it, whether a login tells who exists, and what
 * calibration gives on this machine.
 */
import { type Contender, measure, scenarioTable } from '@tothub/db-testkit';
import { calibrateCost, hashCredential, verifyCredential } from '../src/index.ts';
import { loopDelayTable } from './hashing-loop-delay.ts';
import { measureRates } from './hashing-rates.ts';

/** The tables of hashing, as Markdown. */
export async function benchHashing({ quick }: { readonly quick: boolean }): Promise<string> {
  const sections: string[] = [];
  const add = (section: string) => {
    sections.push(section);
    console.log(`\n${section}`);
  };
  for await (const section of measureRates(quick)) add(section);
  add(await loopDelayTable(quick ? 500 : 5000));
  add(await knownAndUnknown(quick));
  add(await calibrations(quick));
  return sections.join('\n\n');
}

/** The time of a login, by turns: a wrong password, a user who does not exist, a stored text that is no hash. */
async function knownAndUnknown(quick: boolean): Promise<string> {
  const options = { cost: quick ? 10 : 12, prehashContext: 'bench' };
  const stored = await hashCredential('another', options);
  const login = (name: string, row: string | null): Contender => ({
    name,
    run: () => verifyCredential('wrong', row, options),
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
