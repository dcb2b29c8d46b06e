import { type ChildProcess, spawn } from 'node:child_process';
import { diffCatalogs, readCatalog } from '@tothub/db-catalog';
import { expect, test } from 'vitest';
import { type Scenario, scenario, until } from '../test/scenario.ts';

/** How many times a runner is killed; more by KILLS=200. */
const KILLS = Number(process.env.KILLS ?? 6);

const FILES = {
  '0001_t.up.sql':
    'CREATE TABLE t (id int, s text); INSERT INTO t SELECT n, n FROM generate_series(1, 5000) n;',
  '0002_i.up.sql':
    '-- tothub: no-transaction\nCREATE INDEX CONCURRENTLY t_s ON t (lower(s)) WHERE id IN (1, 2, 3);\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_id ON t (id);\nCREATE INDEX CONCURRENTLY t_gone ON t (s);\nDROP INDEX CONCURRENTLY t_gone;\nCREATE TABLE IF NOT EXISTS log (n int);',
  '0003_count.up.sql':
    'INSERT INTO log VALUES (1); SELECT pg_sleep(0.02); ALTER TABLE t ADD c int;',
  '0004_key.up.sql': 'ALTER TABLE t ALTER id SET NOT NULL; INSERT INTO log VALUES (2);',
};

/** A run in a process of its own; prints a line once it is ready to begin. */
function startRunner(s: Scenario): {
  child: ChildProcess;
  begun: Promise<void>;
  exit: Promise<number | null>;
} {
  const index = new URL('./index.ts', import.meta.url).href;
  const code = `import { createMigrator } from ${JSON.stringify(index)};
    import { parseStatements } from '@tothub/db-catalog/sql';
    await parseStatements('SELECT 1');
    process.stdout.write('begun');
    await createMigrator(${JSON.stringify({ connectionString: s.url, directory: s.directory })}).up();`;
  const child = spawn(
    process.execPath,
    ['--conditions=@tothub/source', '--input-type=module', '--no-warnings', '-e', code],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname },
  );
  return {
    child,
    begun: new Promise((resolve) => child.stdout?.once('data', () => resolve())),
    exit: new Promise((resolve) => child.once('exit', resolve)),
  };
}

/** Mulberry32: the same moments in every run of the test. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const applied = async (s: Scenario): Promise<number> => {
  const states = await s.migrator().status();
  return states.filter((m) => m.state === 'applied').length;
};

test('runs killed at any moment end, run again, in the catalog of an undisturbed run', async () => {
  await using undisturbed = await scenario(FILES);
  const began = performance.now();
  await undisturbed.migrator().up();
  const usualMs = performance.now() - began;
  const next = random(7);
  let killed = 0;
  while (killed < KILLS) {
    await using s = await scenario(FILES);
    for (let kills = 0; kills < 6 && killed < KILLS && (await applied(s)) < 4; kills++) {
      const { child, begun, exit } = startRunner(s);
      await begun;
      await new Promise((resolve) => setTimeout(resolve, next() * usualMs * 1.2));
      child.kill('SIGKILL');
      await exit;
      killed++;
    }
    await s.migrator().up();
    expect(await s.migrator().verify()).toEqual({ ok: true, problems: [] });
    expect(await s.rows('SELECT n FROM log ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await s.rows('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 5000 }]);
    expect(await s.rows('SELECT version, state FROM tothub.migrations ORDER BY 1')).toEqual(
      ['0001', '0002', '0003', '0004'].map((version) => ({ version, state: 'applied' })),
    );
    const differences = diffCatalogs(
      await readCatalog(undisturbed.client),
      await readCatalog(s.client),
      { ignore: ['database'] },
    );
    expect(differences).toEqual([]);
  }
}, 600_000);

test('the open statement of a killed runner ends by itself, and the next run goes on', async () => {
  await using s = await scenario({
    '0001_t.up.sql': 'SELECT 1;',
    '0002_a.up.sql': 'SELECT pg_sleep(60);',
  });
  const { child, exit } = startRunner(s);
  await until(
    async () =>
      (
        await s.rows(
          `SELECT FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(60)'`,
        )
      ).length > 0,
  );
  child.kill('SIGKILL');
  await exit;
  await s.files({ '0002_a.up.sql': 'CREATE TABLE a ();' });
  expect((await s.migrator({ waitMs: 10_000 }).up()).applied).toHaveLength(1);
  expect(s.events).toContainEqual(
    expect.objectContaining({
      type: 'lease-taken-over',
      from: expect.objectContaining({ processId: child.pid }),
    }),
  );
});
