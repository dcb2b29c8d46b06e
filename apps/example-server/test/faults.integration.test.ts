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

const load = { duration: 2, connections: 20 };

let server: PostgresServer;
let replica: PostgresServer;
let answers: Answers;
beforeAll(async () => {
  server = await startPostgres({
    major: testCluster().major,
    settings: { wal_level: 'replica', max_wal_senders: '4', synchronous_commit: 'on' },
  });
  const url = await server.createDatabase('app');
  await loadMigratedFixture(url);
  replica = await server.startReplica();
  await using app = await runApp({ connectionString: url });
  answers = await rightAnswers(app, url);
});
afterAll(async () => {
  await replica?.stop();
  await server?.stop();
});

/** No answer was wrong, nobody was left without one, and some came through. */
function expectTruth({ wrong, statuses }: LoadResult, allowed: readonly string[]): void {
  expect(wrong).toEqual([]);
  expect(allowed).toEqual(expect.arrayContaining(Object.keys(statuses)));
  expect(statuses[200]).toBeGreaterThan(0);
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
  const amount = 10 * answers.size;
  const result = await checkedLoad(app, answers, { connections: 20, amount });
  expectTruth(result, ['200']);
  expect(result.statuses[200]).toBe(amount);
  expect(result.pathCount).toBe(answers.size);
  expect(app.log).toEqual([]);
});

test('while connections are killed, an answer is right or a 503', async () => {
  await using app = await runApp({ connectionString: url() });
  const killing = killConnections(url());
  const result = await checkedLoad(app, answers, load);
  expect(await killing.stop()).toBeGreaterThan(0);
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

test('started before its database, the app is alive, not ready, and ready when the database comes', async () => {
  await server.halt();
  try {
    await using app = await runApp({ connectionString: url() });
    expect((await app.get('/healthz')).status).toBe(200);
    expect((await app.get('/readyz')).status).toBe(503);
    await server.resume();
    await expectRecovery(app);
  } finally {
    await server.resume();
  }
});

test('while a replica is lost and comes back, an answer is right or a 503', async () => {
  await using app = await runApp({
    connectionString: url(),
    replicas: [replica.url('app')],
  });
  const loading = checkedLoad(app, answers, load);
  await sleep(700);
  await replica.halt('crash');
  await sleep(700);
  await replica.resume();
  expectTruth(await loading, ['200', '503']);
  await expectRecovery(app);
});

test('without its replica the server reads from the primary', async () => {
  await replica.halt();
  try {
    await using app = await runApp({
      connectionString: url(),
      replicas: [replica.url('app')],
    });
    await expectRecovery(app);
  } finally {
    await replica.resume();
  }
});

test.skipIf(pgbouncerBinary() === undefined)(
  'through PgBouncer in transaction mode, with connections killed behind it, an answer is right or a 503',
  async () => {
    await using pooler = await startPgbouncer({ url: url(), settings: { default_pool_size: 5 } });
    await using app = await runApp({ connectionString: pooler.url, mode: 'pooler' });
    const killing = killConnections(url());
    const result = await checkedLoad(app, answers, load);
    expect(await killing.stop()).toBeGreaterThan(0);
    expectTruth(result, ['200', '503']);
    await expectRecovery(app);
  },
);
