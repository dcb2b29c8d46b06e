/** Compiles the code of docs/guides/adopt-db-core.md, and runs what it says before and after the change. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmailTakenError, InvalidInputError } from '../src/errors.ts';
import { migratedDatabase } from './migrated-database.ts';

const GUIDE = join(import.meta.dirname, '../../../docs/guides/adopt-db-core.md');
const VERSIONS = ['before', 'after'] as const;
type Version = (typeof VERSIONS)[number];

interface StaffStore {
  listStaff(): Promise<{ id: string; firstName: string }[]>;
  addStaff(input: typeof ada): Promise<{ id: string; email: string | null }>;
}
interface Choose {
  choose(module: string, versions: { core: string; drizzle: string }): string;
}

const ada = {
  firstName: 'Ada',
  lastName: 'Moss',
  position: 'Teacher',
  email: 'ada.moss@example.org',
};
const closing: (() => Promise<void>)[] = [];
let root: string;
let blockCount: number;

/** Each block names its file on its first line; one that names no version belongs to both, or needs the new one. */
function writeBlocks(): number {
  const blocks = [
    ...readFileSync(GUIDE, 'utf8').matchAll(
      /^```ts\n\/\/ (\S+\.ts)(?:, (before|after))?\n(.*?)^```$/gms,
    ),
  ];
  for (const [, file = '', version, code = ''] of blocks) {
    for (const target of VERSIONS) {
      if (version !== undefined && version !== target) continue;
      if (target === 'before' && file === 'server/hire.ts') continue;
      const path = join(root, target, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code);
    }
  }
  return blocks.length;
}

beforeAll(() => {
  // Inside of the package, so that its own name and its dependencies are found.
  root = mkdtempSync(join(import.meta.dirname, 'guide-'));
  const tsconfig = { extends: '../../tsconfig.json', include: ['./**/*.ts'] };
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(tsconfig));
  blockCount = writeBlocks();
});

afterAll(async () => {
  for (const close of closing) await close();
  rmSync(root, { recursive: true, force: true });
});

/** The modules of a version, on a database of their own; once, for they open it when they are loaded. */
async function open(version: Version) {
  const { url, drop } = await migratedDatabase();
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const rows = async (text: string) => (await admin.query(text)).rows;
  process.env.DATABASE_URL = url;
  const from = (file: string) => import(/* @vite-ignore */ join(root, version, 'server', file));
  const store = (await from('staff-store.ts')) as StaffStore;
  const { close } = (await from('db.ts')) as { close(): Promise<void> };
  const { isEmailTaken } = (await from('is-email-taken.ts')) as {
    isEmailTaken(error: unknown): boolean;
  };
  closing.push(async () => {
    await close();
    await admin.end();
    await drop();
  });
  return { rows, store, isEmailTaken, from };
}

test('every block of code in the guide names its file', () => {
  expect(blockCount).toBe(readFileSync(GUIDE, 'utf8').match(/^```ts$/gm)?.length);
});

test('the code of the guide compiles, before and after', async () => {
  const typescript = createRequire(import.meta.url).resolve('typescript7/package.json');
  const tsc = join(dirname(typescript), 'bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [
    tsc,
    '--noEmit',
    '-p',
    root,
  ]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
}, 180_000);

const opened = new Map<Version, ReturnType<typeof open>>();
function load(version: Version): ReturnType<typeof open> {
  const known = opened.get(version) ?? open(version);
  opened.set(version, known);
  return known;
}

describe.each(VERSIONS)('the server %s the change', (version) => {
  test('adds and lists staff, and knows when an e-mail address is taken', async () => {
    const { rows, store, isEmailTaken } = await load(version);
    const added = await store.addStaff(ada);
    expect(added).toMatchObject(ada);
    const active = await rows('SELECT id FROM staff WHERE is_active');
    const listed = await store.listStaff();
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(active.map(({ id }) => id)));
    const error = await store.addStaff(ada).catch((thrown: unknown) => thrown);
    expect(isEmailTaken(error)).toBe(true);
    expect(error instanceof EmailTakenError).toBe(version === 'after');
    expect(isEmailTaken(new InvalidInputError('no'))).toBe(false);
  });
});

test('a transaction over both is committed as one, and rolled back as one', async () => {
  const { rows, from } = await load('after');
  const { hire } = (await from('hire.ts')) as { hire(input: typeof ada): Promise<{ id: string }> };
  const count = async () =>
    (
      await rows(
        `SELECT (SELECT count(*)::int FROM staff) AS staff, (SELECT count(*)::int FROM alerts) AS alerts`,
      )
    )[0];
  const before = await count();
  await hire({ ...ada, email: 'first@example.org' });
  expect(await count()).toEqual({
    staff: Number(before?.staff) + 1,
    alerts: Number(before?.alerts) + 1,
  });
  await rows('ALTER TABLE alerts ADD CHECK (false) NOT VALID');
  await expect(hire({ ...ada, email: 'second@example.org' })).rejects.toThrow();
  expect(await count()).toEqual({
    staff: Number(before?.staff) + 1,
    alerts: Number(before?.alerts) + 1,
  });
});

test('connect-pg-simple finds what it needs in the shared pool', async () => {
  const { rows, from } = await load('after');
  const { pool } = (await from('db.ts')) as { pool: import('pg').Pool };
  // The statements of its versions 8 to 10.
  const set = `INSERT INTO "user_sessions" (sess, expire, sid) SELECT $1, to_timestamp($2), $3
    ON CONFLICT (sid) DO UPDATE SET sess=$1, expire=to_timestamp($2) RETURNING sid`;
  const expire = Math.ceil(Date.now() / 1000) + 60;
  for (const n of [1, 2]) {
    const { rows: sids } = await pool.query(set, [{ cookie: {}, n }, expire, 's1']);
    expect(sids).toEqual([{ sid: 's1' }]);
  }
  const get = `SELECT sess FROM "user_sessions" WHERE sid = $1 AND expire >= to_timestamp($2)`;
  expect((await pool.query(get, ['s1', expire - 60])).rows).toEqual([
    { sess: { cookie: {}, n: 2 } },
  ]);
  await pool.query('DELETE FROM "user_sessions" WHERE sid = $1', ['s1']);
  expect(await rows(`SELECT FROM user_sessions WHERE sid = 's1'`)).toEqual([]);
});

test('the switch takes the new version unless the environment says otherwise', async () => {
  const { choose } = (await import(
    /* @vite-ignore */ join(root, 'after/server/choose.ts')
  )) as Choose;
  const versions = { core: 'new', drizzle: 'old' };
  expect(choose('STAFF', versions)).toBe('new');
  process.env.STAFF_STORE = 'drizzle';
  expect(choose('STAFF', versions)).toBe('old');
  expect(choose('PAYROLL', versions)).toBe('new');
  delete process.env.STAFF_STORE;
});
