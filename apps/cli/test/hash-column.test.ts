/** `secure hash-column` in a database of a stranger's, from outside the project. */
import { tmpdir } from 'node:os';
import { verifyCredential } from '@tothub/db-security';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from './support/query.ts';
import { type CliOptions, runCli } from './support/run-cli.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
  await query(
    database.url,
    `CREATE TABLE "Log.ins" (id int PRIMARY KEY, pin text);
     INSERT INTO "Log.ins" VALUES (1, '471147'), (2, NULL), (3, 'AZlm0qkQ3x_9dE7-ZkPq2A');`,
  );
});

afterAll(() => database.drop());

function hashColumn(...args: string[]) {
  return runHashColumn(args);
}

function runHashColumn(args: readonly string[], options: Partial<CliOptions> = {}) {
  const all = ['secure', 'hash-column', '"Log.ins"', 'pin', '--algorithm', 'argon2id', ...args];
  return runCli(all, { cwd: tmpdir(), env: { DATABASE_URL: database.url }, ...options });
}

test('hash-column counts and refuses first, hashes with consent, and shows no value', async () => {
  const plan = await hashColumn('--dry-run', '--json');
  expect(plan.code, plan.stderr).toBe(1);
  expect(JSON.parse(plan.stdout)).toMatchObject({
    rowCount: 1,
    before: [
      { class: 'digits', rows: 1 },
      { class: 'null', rows: 1 },
      { class: 'identifier', rows: 1 },
    ],
    obstacles: [{ kind: 'class', name: 'identifier' }],
  });
  const refused = await hashColumn('--yes');
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('nothing was changed'),
  ]);
  const unasked = await hashColumn('--keep', 'identifier');
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('Pass --yes')]);
  expect((await hashColumn('--keep', 'digits')).code).toBe(2);

  const done = await hashColumn('--keep', 'identifier', '--yes');
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toMatch(
    /^1 hashed; now .* None is in the clear\.\n1 kept: .*\n.*VACUUM \(FULL/,
  );
  const [row] = await query(database.url, `SELECT pin FROM "Log.ins" WHERE id = 1`);
  expect(await verifyCredential('471147', row.pin, { algorithm: 'argon2id' })).toBe('match');
  for (const { stdout, stderr } of [plan, refused, unasked, done]) {
    expect(stdout + stderr).not.toMatch(/471147|AZlm0/);
  }
});

test('hash-column stops at Ctrl-C with exit code 4, and the next call goes on', async () => {
  await query(
    database.url,
    `INSERT INTO "Log.ins" SELECT i, 'stopped ' || i FROM generate_series(10, 40) AS i`,
  );
  let isStopped = false;
  const stopped = await runHashColumn(['--keep', 'identifier', '--yes'], {
    onStderr: (child, stderr) => {
      if (isStopped || !stderr.includes('to hash')) return;
      isStopped = true;
      child.kill('SIGINT');
    },
  });
  expect([stopped.code, stopped.stderr]).toEqual([4, expect.stringMatching(/called off|stopped/)]);
  const done = await hashColumn('--keep', 'identifier', '--yes');
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toContain('None is in the clear.');
});
