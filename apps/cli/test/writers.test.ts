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

test('no write of the application fails or waits for long, and --concurrent-writes ends well', {
  timeout: 240_000,
}, async () => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  const cwd = await workplace();
  await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
  let isOver = false;
  let longestMs = 0;
  const application = writes.map(async (sql) => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    let count = 0;
    while (!isOver) {
      const began = performance.now();
      await client.query(sql);
      count += 1;
      longestMs = Math.max(longestMs, performance.now() - began);
      await sleep(10);
    }
    await client.end();
    return count;
  });
  const flags = ['--keys', 'keys.json', '--secrets', '--url', database.url];
  const strict = await runCli(['improve', ...flags], { cwd });
  const { code, stderr } = await runCli(['improve', ...flags, '--concurrent-writes'], { cwd });
  isOver = true;
  const counts = await Promise.all(application);

  expect(Math.min(...counts)).toBeGreaterThan(20);
  expect(longestMs).toBeLessThan(3500);
  expect(strict.code).toBe(1);
  expect(strict.stderr).toContain(
    'if the application was writing meanwhile, pass --concurrent-writes',
  );
  expect(strict.stderr.match(/✗.*/g)).toEqual([expect.stringContaining('rows and values kept')]);
  expect(code, stderr).toBe(0);
});
