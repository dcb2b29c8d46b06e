/** The examples as they are, run: only paths and addresses are others. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createBackupKeys } from '../src/keys/backup-keys.ts';
import { listBackups } from '../src/list-backups.ts';
import { execute } from './databases.ts';
import { canRunSystemd, startSystemd } from './own-systemd.ts';
import { type Bearer, processesWith } from './processes.ts';
import { testS3 } from './s3/server.ts';
import { temporaryFolder } from './temporary-folder.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const examples = new URL('../examples/', import.meta.url);
const root = temporaryFolder();
const PASSWORD = randomUUID();
const S3_SECRET = randomUUID();
let secrets: string[];
const s3 = await testS3();
let source: TestDatabase;
let url: string;
let keyFile: string;
let recipient: string;

beforeAll(async () => {
  source = await testDatabase();
  await execute(source.url, 'CREATE TABLE kept AS SELECT 1 AS id');
  const withPassword = new URL(source.url);
  withPassword.password = PASSWORD;
  url = withPassword.href;
  keyFile = join(root, 'backup.keys');
  ({ recipient } = await createBackupKeys(keyFile));
  const keys = (await readFile(keyFile, 'utf8')).match(/(AGE-SECRET|TOTHUB-SIGNING)-KEY-\S+/g);
  expect(keys).toHaveLength(2);
  secrets = [PASSWORD, S3_SECRET, ...(keys ?? [])];
});
afterAll(() => source.drop());

interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Record<string, string>;
}
interface Workflow {
  readonly on: { readonly schedule: readonly { readonly cron: string }[] };
  readonly permissions: object;
  readonly defaults: { readonly run: { readonly shell: string } };
  readonly jobs: {
    readonly backup: { readonly env: Record<string, string>; readonly steps: readonly Step[] };
  };
}

it('the workflow of GitHub Actions backs up into a bucket, proves and prunes, step by step', async () => {
  const text = await readFile(new URL('github-actions/backup.yml', examples), 'utf8');
  const workflow = parse(text) as Workflow;
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(workflow.defaults.run.shell).toBe('bash');
  const { env, steps } = workflow.jobs.backup;
  for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);

  const values: Record<string, string> = {
    'secrets.DATABASE_URL': url,
    'secrets.BACKUP_KEYS': (await readFile(keyFile, 'utf8')).trim(),
    'secrets.AWS_ACCESS_KEY_ID': 'test',
    'secrets.AWS_SECRET_ACCESS_KEY': S3_SECRET,
    'vars.BACKUP_RECIPIENTS': recipient,
    'vars.BACKUP_STORAGE': `s3://${s3.bucket}/workflow?endpoint=${encodeURIComponent(s3.endpoint)}&pathStyle=true&region=us-east-1`,
  };
  const fill = (each: Record<string, string> = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries(each).map(([name, value]) => [
        name,
        value.replaceAll(/\$\{\{ ([\w.]+) \}\}/g, (_, key: string) => {
          const found = values[key];
          if (found === undefined) throw new Error(`${key} is not known to the workflow.`);
          return found;
        }),
      ]),
    );
  const temporary = join(root, 'runner');
  await mkdir(temporary);
  const files = { GITHUB_ENV: join(temporary, 'env'), GITHUB_OUTPUT: join(temporary, 'output') };
  const written: Record<string, string> = {};
  let said = '';
  for (const step of steps.filter(({ run }) => run !== undefined)) {
    for (const file of Object.values(files)) await writeFile(file, '');
    const script = join(temporary, 'step.sh');
    await writeFile(script, step.run ?? '');
    // As the runner calls what says "shell: bash".
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: checkout,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        RUNNER_TEMP: temporary,
        ...files,
        ...fill(env),
        ...written,
        ...fill(step.env),
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
    }
    const secretsSeen = await watched(child);
    // A step needs its secrets in its environment; its arguments and its children do not.
    expect(
      secretsSeen.filter(({ program, where }) => where === 'arguments' || /pg_/.test(program)),
    ).toEqual([]);
    expect({ step: step.name, code: child.exitCode, said }).toMatchObject({ code: 0 });
    Object.assign(written, assignments(await readFile(files.GITHUB_ENV, 'utf8')));
    for (const [name, value] of Object.entries(
      assignments(await readFile(files.GITHUB_OUTPUT, 'utf8')),
    ))
      values[`steps.${step.id}.outputs.${name}`] = value;
  }
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  expect(await readdir(temporary)).not.toContain('backup.keys');
  const listed = await listBackups(values['vars.BACKUP_STORAGE'] ?? '');
  expect(listed).toMatchObject([
    { state: 'verified', manifest: { encryption: { format: 'age' } } },
  ]);
});

const assignments = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));

/** Waits for a process to end, and gives every process that bore a secret meanwhile. */
async function watched(child: ChildProcess): Promise<Bearer[]> {
  const closed = once(child, 'close');
  const seen: Bearer[] = [];
  let isOver = false;
  closed.then(() => {
    isOver = true;
  });
  for (; !isOver; await sleep(20)) seen.push(...processesWith(secrets));
  await closed;
  return seen;
}

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

it.skipIf(!hasAnalyze)('the units of systemd are understood (skipped without systemd)', () => {
  const path = (name: string) => fileURLToPath(new URL(`systemd/${name}`, examples));
  const run = spawnSync(
    'systemd-analyze',
    ['verify', path('tothub-backup.service'), path('tothub-backup.timer')],
    { encoding: 'utf8' },
  );
  expect({ status: run.status, said: run.stderr }).toEqual({ status: 0, said: '' });
});

it.skipIf(!canRunSystemd(checkout, process.execPath))(
  'a systemd makes up for the night that was slept through, and no process bears a secret (skipped where none can run)',
  async () => {
    const folder = join(root, 'systemd');
    const settings = join(folder, 'etc');
    const units = join(folder, 'units');
    for (const each of [
      settings,
      join(units, 'tothub-backup.service.d'),
      join(units, 'tothub-backup.timer.d'),
    ])
      await mkdir(each, { recursive: true });
    await writeFile(join(settings, 'database-url'), `${url}\n`, { mode: 0o600 });
    await cp(keyFile, join(settings, 'backup.keys'));
    await writeFile(join(settings, 'settings'), `TOTHUB_BACKUP_RECIPIENTS=${recipient}\n`);
    for (const name of ['tothub-backup.service', 'tothub-backup.timer']) {
      const text = await readFile(new URL(`systemd/${name}`, examples), 'utf8');
      await writeFile(
        join(units, name),
        text.replaceAll('/opt/tothub-db', checkout).replaceAll('/etc/tothub-backup', settings),
      );
    }
    const log = join(folder, 'log');
    await writeFile(
      join(units, 'tothub-backup.service.d/here.conf'),
      `[Service]\nEnvironment=PATH=${dirname(process.execPath)}:/usr/bin:/bin
BindReadOnlyPaths=${checkout}\nStandardOutput=append:${log}\nStandardError=inherit
ExecStopPost=+/bin/sh -c 'echo "result $SERVICE_RESULT"'\n`,
    );
    await writeFile(
      join(units, 'tothub-backup.timer.d/here.conf'),
      '[Timer]\nRandomizedDelaySec=0\n',
    );

    const systemd = startSystemd(folder, 'tothub-backup.timer');
    const secretsSeen: Bearer[] = [];
    let said = '';
    // Against hanging only.
    const giveUpAt = Date.now() + 300_000;
    while (systemd.exitCode === null && !said.includes('\nresult ') && Date.now() < giveUpAt) {
      await sleep(20);
      secretsSeen.push(...processesWith(secrets));
      said = await readFile(log, 'utf8').catch(() => '');
    }
    systemd.kill('SIGKILL');
    await once(systemd, 'close');
    expect(said).toContain('result success');
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    expect(secretsSeen).toEqual([]);
    const listed = await listBackups(join(folder, 'private/tothub-backup'));
    expect(listed).toMatchObject([
      { state: 'verified', manifest: { encryption: { format: 'age' } } },
    ]);
  },
);
