/** The application goes on while the database is improved. */
import { setTimeout as sleep } from 'node:timers/promises';
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { workplace } from './support/workplace.ts';

const writes = [
  'UPDATE sessions SET last_activity = now() WHERE id = (SELECT id FROM sessions ORDER BY random() LIMIT 1)',
  `INSERT INTO session_activity (session_id, action, details)
   SELECT id, 'post', '{"method":"POST","body":{"firstName":"Probe"}}' FROM sessions LIMIT 1`,
  `INSERT INTO attendance (child_id, check_in_time, check_out_time, checked_in_by, date, room)
   SELECT id, now(), now(), 'somebody', now(), 'Room' FROM children ORDER BY random() LIMIT 1`,
  `UPDATE parents SET children_ids = ARRAY(SELECT id FROM children ORDER BY random() LIMIT 2)
   WHERE id = (SELECT id FROM parents ORDER BY random() LIMIT 1)`,
];

/**
 * Writes of the application that queue behind one of our sessions that waits for a lock itself, for far more than its
 * time-out of half a second: the server knows who waits for whom, however slow the machine is.
 */
const heldUp = `
SELECT waiting.query, blocker.query AS behind
  FROM pg_stat_activity AS waiting
  JOIN pg_locks AS lock ON lock.pid = waiting.pid AND NOT lock.granted
  JOIN pg_stat_activity AS blocker ON blocker.pid = ANY (pg_blocking_pids(waiting.pid))
 WHERE waiting.datname = current_database() AND waiting.application_name = 'application'
   AND blocker.wait_event_type = 'Lock' AND blocker.application_name LIKE 'tothub-db%'
   AND clock_timestamp() - blocker.query_start > '2 s' AND clock_timestamp() - lock.waitstart > '2 s'`;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'application' });
  // Dropping the database ends what a failed test has left open.
  client.on('error', () => {});
  await client.connect();
  return client;
}

test('no write of the application fails or waits behind our waiting, and --concurrent-writes ends well', async () => {
  const database = await legacyDatabase();
  const cwd = await workplace();
  await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
  let isOver = false;
  const repeatedly = async (work: (client: pg.Client) => Promise<unknown>): Promise<number> => {
    const client = await connect(database.url);
    let count = 0;
    try {
      for (; !isOver; count++) {
        await work(client);
        await sleep(20);
      }
    } finally {
      await client.end();
    }
    return count;
  };
  const waits: unknown[] = [];
  const working = Promise.all([
    ...writes.map((sql) => repeatedly((client) => client.query(sql))),
    repeatedly(async (client) => waits.push(...(await client.query(heldUp)).rows)),
  ]);
  // Looked at below; a run that fails first must not leave it unheard.
  working.catch(() => {});
  onTestFinished(async () => {
    isOver = true;
    await working.catch(() => {});
    await database.drop();
  });
  const flags = ['--keys', 'keys.json', '--secrets', '--url', database.url];
  const strict = await runCli(['improve', ...flags], { cwd });
  const { code, stderr } = await runCli(['improve', ...flags, '--concurrent-writes'], { cwd });
  isOver = true;
  const counts = await working;

  expect(Math.min(...counts)).toBeGreaterThan(20);
  expect(waits).toEqual([]);
  expect(strict.code, strict.stderr).toBe(1);
  expect(strict.stderr).toContain(
    'if the application was writing meanwhile, pass --concurrent-writes',
  );
  expect(strict.stderr.match(/✗.*/g)).toEqual([expect.stringContaining('rows and values kept')]);
  expect(code, stderr).toBe(0);
});
