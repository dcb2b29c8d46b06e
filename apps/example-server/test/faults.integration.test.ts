import { setTimeout as sleep } from 'node:timers/promises';
import {
  type PostgresServer,
  pgbouncerBinary,
  startPgbouncer,
  startPostgres,
} from '@tothub/db-testkit';
import { testCluster } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answers, checkedLoad, type LoadResult, rightAnswers } from './checked-load.ts';
import { killConnections } from './killing.ts';
import { loadMigratedFixture } from './migrated-fixture.ts';
import { type RunningApp, runApp } from './running-app.ts';

const load = { seconds: 2, connections: 20 };

let server: PostgresServer;
let answers: Answers;
beforeAll(async () => {
  server = await startPostgres({
    major: testCluster().major,
    settings: { wal_level: 'replica', max_wal_senders: '4', synchronous_commit: 'on' },
  });
  const url = await server.createDatabase('app');
  await loadMigratedFixture(url);
  await using app = await runApp({ connectionString: url });
  answers = await rightAnswers(app, url);
});
afterAll(async () => {
  await server?.stop();
});

/** No answer was wrong, nobody was left without one, and some came through. */
function expectTruth({ wrong, statuses }: LoadResult, allowed: readonly string[]): void {
  expect(wrong).toEqual([]);
  expect(allowed).toEqual(expect.arrayContaining(Object.keys(statuses)));
  expect(statuses[200]).toBeGreaterThan(answers.size);
}

/** Whatever happened, everything is answered again. */
async function expectRecovery(app: RunningApp): Promise<void> {
  await expect.poll(async () => (await app.get('/readyz')).status, { timeout: 10_000 }).toBe(200);
  for (const [path, right] of answers) {
    const response = await app.get(path);
    expect([path, response.status, await response.text()]).toEqual([path, 200, right]);
  }
}

const url = () => server.url('app');

test('in quiet every answer under load is right', async () => {
  await using app = await runApp({ connectionString: url() });
  expectTruth(await checkedLoad(app, answers, load), ['200']);
  expect(app.log).toEqual([]);
});

test('while connections are killed, an answer is right or a 503', async () => {
  await using app = await runApp({ connectionString: url() });
  const killing = killConnections(url());
  const result = await checkedLoad(app, answers, load);
  expect(await killing.stop()).toBeGreaterThan(20);
  expectTruth(result, ['200', '503']);
  await expectRecovery(app);
});

test.each(['clean', 'crash'] as const)(
  'while the server is restarted (%s), an answer is right or a 503',
  async (how) => {
    await using app = await runApp({ connectionString: url() });
    const loading = checkedLoad(app, answers, load);
    await sleep(700);
    await server.halt(how);
    await sleep(500);
    await server.resume();
    expectTruth(await loading, ['200', '503']);
    await expectRecovery(app);
  },
);

test.skipIf(pgbouncerBinary() === undefined)(
  'through PgBouncer in transaction mode, with connections killed behind it, an answer is right or a 503',
  async () => {
    await using pooler = await startPgbouncer({ url: url(), settings: { default_pool_size: 5 } });
    await using app = await runApp({ connectionString: pooler.url, mode: 'pooler' });
    expectTruth(await checkedLoad(app, answers, load), ['200']);
    const killing = killConnections(url());
    const result = await checkedLoad(app, answers, load);
    expect(await killing.stop()).toBeGreaterThan(5);
    expectTruth(result, ['200', '503']);
    await expectRecovery(app);
  },
);
