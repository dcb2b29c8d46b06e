/** What must hold when the run is killed, when passwords change under it, and when rows are held by others. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { QUARANTINE_TABLE } from '../../../test/quarantine-table.ts';
import { testKeyRing } from '../../../test/test-keys.ts';
import { hashCredential } from '../../credentials/hash-credential.ts';
import { verifyCredential } from '../../credentials/verify-credential.ts';
import { createKeyFile, readKeyFile } from '../../keys/key-file.ts';
import type { KeyRing } from '../../keys/key-ring.ts';
import { decryptQuarantined } from '../../secrets/quarantine.ts';
import { hashColumn } from './hash-column.ts';
import type { HashColumnOptions } from './hash-column-options.ts';

const table = { schema: 'public', name: 'log"ins' };
const column = 'p.in';
const sql = '"log""ins"';
const quick = { algorithm: 'argon2id' } as const;
const keyRing = testKeyRing('k');

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let other: pg.Client;
let run: HashColumnOptions;

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  other = new pg.Client(database.url);
  await Promise.all([db.connect(), other.connect()]);
  run = { db, table, column, keyRing, irreversible: true, ...quick };
});

afterAll(async () => {
  await Promise.all([db.end(), other.end()]);
  await database.drop();
});

beforeEach(async () => {
  await db.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    ${QUARANTINE_TABLE};
    CREATE TABLE ${sql} (id int, part text, "p.in" text, seen int NOT NULL DEFAULT 0, PRIMARY KEY (part, id))
      PARTITION BY LIST (part);
    CREATE TABLE a PARTITION OF ${sql} FOR VALUES IN ('a'); CREATE TABLE b PARTITION OF ${sql} DEFAULT`);
});

async function fill(count: number): Promise<Map<number, string>> {
  await db.query(
    `INSERT INTO ${sql} SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, 'secret ' || i FROM generate_series(1, $1) AS i`,
    [count],
  );
  return new Map(Array.from({ length: count }, (_, i) => [i + 1, `secret ${i + 1}`]));
}

async function stored(): Promise<Map<number, string>> {
  const { rows } = await db.query(`SELECT id, "p.in" AS pin FROM ${sql} ORDER BY id`);
  return new Map(rows.map(({ id, pin }) => [id, pin]));
}

/** Every user can log in with what was last set, and no plaintext is left. */
async function expectAllHashed(secrets: ReadonlyMap<number, string>, ring: KeyRing = keyRing) {
  const found = await stored();
  expect([...found.keys()]).toEqual([...secrets.keys()]);
  const verified = await Promise.all(
    [...secrets].map(([id, secret]) =>
      verifyCredential(secret, found.get(id), { keyRing: ring, ...quick }),
    ),
  );
  expect(verified).toEqual(verified.map(() => 'match'));
}

/** The client, with something done by another session just before the first statement of a kind. */
function interceptFirst(kind: RegExp, act: () => Promise<unknown>) {
  let isDone = false;
  return {
    async query(text: string, values?: unknown[]) {
      if (!isDone && kind.test(text)) {
        isDone = true;
        await act();
      }
      return db.query(text, values);
    },
  };
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a process that is killed', () => {
  test('at any moment and started again ends with one hash for each secret, and no row lost', async () => {
    const secrets = await fill(10);
    const directory = await mkdtemp(join(tmpdir(), 'kill-'));
    const keyFile = join(directory, 'keys.json');
    await createKeyFile(keyFile);
    const ring = await readKeyFile(keyFile);
    const next = random(Number(process.env.KILL_SEED ?? 20_260_401));
    try {
      let kills = 0;
      while ((await runProcess(keyFile, next)) === 'SIGKILL') {
        kills += 1;
        // Half-way there are hashes of secrets and secrets, nothing else.
        for (const [id, pin] of await stored()) {
          if (pin === secrets.get(id)) continue;
          expect(pin).toMatch(/^\$argon2id-hmac-sha384\$/);
        }
      }
      expect(kills).toBeGreaterThan(0);
      await expectAllHashed(secrets, ring);
      const { rows } = await db.query('SELECT row_key, old_value FROM data_quarantine');
      const kept = rows.map(({ row_key: key, old_value: value }) =>
        decryptQuarantined(
          value,
          { ...{ schema: 'public', table: table.name, column }, key },
          ring,
        ),
      );
      expect(kept.sort()).toEqual([...secrets.values()].sort());
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  /** Runs the process, to be killed some time after it has written one page or two. */
  async function runProcess(keyFile: string, next: () => number): Promise<string | null> {
    const script = fileURLToPath(new URL('../../../test/hash-column-process.ts', import.meta.url));
    const child = fork(script, [database.url, keyFile, JSON.stringify(table), column], {
      execArgv: ['--conditions=@tothub/source'],
    });
    const killAt = 1 + Math.floor(next() * 2);
    let pages = 0;
    child.on('message', ({ written }: { written: number }) => {
      if (written > 0) pages += 1;
      if (pages === killAt) setTimeout(() => child.kill('SIGKILL'), next() * 120);
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(code ?? 0).toBe(0);
    return signal;
  }
});

describe('a password that changes', () => {
  test('between reading and writing is hashed as it is now', async () => {
    const secrets = await fill(6);
    const report = await hashColumn({
      ...run,
      db: interceptFirst(/FOR NO KEY UPDATE/, () =>
        other.query(`UPDATE ${sql} SET "p.in" = 'changed' WHERE id = 3`),
      ),
    });
    expect(report).toMatchObject({ written: 6, inClear: 0, kept: [] });
    await expectAllHashed(secrets.set(3, 'changed'));
  });

  test('to a hash, by a login that rehashes, is left alone', async () => {
    const secrets = await fill(4);
    const login = await hashCredential('secret 2', { keyRing, ...quick });
    const report = await hashColumn({
      ...run,
      db: interceptFirst(/FOR NO KEY UPDATE/, () =>
        other.query(`UPDATE ${sql} SET "p.in" = $1 WHERE id = 2`, [login]),
      ),
    });
    expect(report).toMatchObject({ written: 3, inClear: 0 });
    expect((await stored()).get(2)).toBe(login);
    await expectAllHashed(secrets);
  });

  test('in another column, or moves to another partition, does not matter', async () => {
    const secrets = await fill(6);
    const report = await hashColumn({
      ...run,
      db: interceptFirst(/FOR NO KEY UPDATE/, async () => {
        await other.query(`UPDATE ${sql} SET seen = seen + 1`);
        await other.query(`UPDATE ${sql} SET part = 'z' WHERE id = 2`);
      }),
    });
    expect(report).toMatchObject({ written: 6, inClear: 0 });
    await expectAllHashed(secrets);
  });

  test('again and again, by logins, by users and by a second run, ends with what was last set', async () => {
    const secrets = await fill(10);
    const next = random(7);
    let isOver = false;
    const second = new pg.Client(database.url);
    const app = new pg.Client(database.url);
    await Promise.all([second.connect(), app.connect()]);
    const application = async (): Promise<void> => {
      while (!isOver) {
        const id = 1 + Math.floor(next() * secrets.size);
        const secret = `${next()}`;
        const isNew = next() < 0.5;
        await app.query(`UPDATE ${sql} SET "p.in" = $2 WHERE id = $1`, [
          id,
          isNew ? await hashCredential(secret, { keyRing, ...quick }) : secret,
        ]);
        secrets.set(id, secret);
        await sleep(10);
      }
    };
    const rests = async (client: pg.Client) => {
      try {
        return await hashColumn({ ...run, db: client, batchSize: 4 });
      } finally {
        isOver = true;
      }
    };
    const [, ...reports] = await Promise.all([application(), rests(db), rests(second)]);
    await Promise.all([second.end(), app.end()]);
    expect(reports).toHaveLength(2);
    const last = await hashColumn(run);
    expect(last).toMatchObject({ inClear: 0 });
    await expectAllHashed(secrets);
  });
});

describe('a row that somebody holds', () => {
  test('is passed over, tried again, and hashed once when it is free', async () => {
    const secrets = await fill(5);
    await other.query(`BEGIN; SELECT FROM ${sql} WHERE id IN (2, 5) FOR UPDATE`);
    const written: number[] = [];
    const report = await hashColumn({
      ...run,
      onProgress: (progress) => {
        if (progress.phase !== 'hash') return;
        if (written.push(progress.written) === 3) void other.query('COMMIT');
      },
    });
    expect(written[0]).toBe(3);
    expect(written.length).toBeGreaterThan(3);
    expect(report).toMatchObject({ written: 5, inClear: 0, kept: [] });
    await expectAllHashed(secrets);
  });

  test('for longer than the budget is reported, and left to the next run', async () => {
    const secrets = await fill(5);
    await other.query(`BEGIN; SELECT FROM ${sql} WHERE id = 2 FOR UPDATE`);
    const report = await hashColumn({ ...run, lockBudgetMs: 100 });
    expect(report).toMatchObject({
      written: 4,
      kept: [{ reason: 'changed or held by others meanwhile; run again', count: 1 }],
      inClear: 1,
    });
    await other.query('COMMIT');
    expect(await hashColumn(run)).toMatchObject({ rowCount: 1, written: 1, inClear: 0 });
    await expectAllHashed(secrets);
  });

  test('with the whole table makes the run give up, retryable', async () => {
    await fill(2);
    await other.query(`BEGIN; LOCK TABLE ${sql} IN SHARE MODE`);
    const error = await hashColumn({ ...run, lockBudgetMs: 0 }).catch((thrown: unknown) => thrown);
    await other.query('COMMIT');
    expect(error).toMatchObject({ sqlState: '55P03', isRetryable: true });
  });
});

describe('a run', () => {
  test('stops when asked, and goes on from there', async () => {
    const secrets = await fill(9);
    const controller = new AbortController();
    const stopped = hashColumn({
      ...run,
      batchSize: 3,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'TOTHUB_SECURITY_ABORTED' });
    expect([...(await stored()).values()].filter((pin) => pin.startsWith('$'))).toHaveLength(3);
    expect(await hashColumn(run)).toMatchObject({ rowCount: 6, written: 6, inClear: 0 });
    await expectAllHashed(secrets);
  });

  test('says how much is left when plaintext keeps arriving', async () => {
    await fill(3);
    let id = 100;
    const report = await hashColumn({
      ...run,
      db: {
        async query(text: string, values?: unknown[]) {
          if (text.includes('REPEATABLE READ')) {
            id += 1;
            await other.query(`INSERT INTO ${sql} VALUES ($1, 'a', 'arrived')`, [-id]);
          }
          return db.query(text, values);
        },
      },
    });
    // One before each of four surveys: three were hashed in the rounds, the last is told.
    expect(report).toMatchObject({ rowCount: 4, written: 6, inClear: 1 });
    expect((await stored()).get(-104)).toBe('arrived');
  });

  test('hashes nothing without consent, though there was nothing to consent to when it began', async () => {
    await fill(0);
    let surveys = 0;
    const report = await hashColumn({
      ...run,
      irreversible: false,
      db: {
        async query(text: string, values?: unknown[]) {
          if (text.includes('REPEATABLE READ') && ++surveys === 2) {
            await other.query(`INSERT INTO ${sql} VALUES (1, 'a', 'arrived')`);
          }
          return db.query(text, values);
        },
      },
    });
    expect(report).toMatchObject({ rowCount: 0, written: 0, inClear: 1 });
    expect((await stored()).get(1)).toBe('arrived');
  });

  test.each([
    { batchSize: 0 },
    { batchSize: 1.5 },
    { throttle: 0 },
    { throttle: 2 },
    { throttle: NaN },
  ])('refuses %j, with which it would do nothing or never end', async (change) => {
    await fill(1);
    await expect(hashColumn({ ...run, ...change })).rejects.toMatchObject({
      code: 'TOTHUB_SECURITY_TREATMENT',
    });
  });

  test('pauses between pages when throttled', async () => {
    await fill(4);
    const start = performance.now();
    let atWork = 0;
    let last = start;
    const onProgress = () => {
      atWork += 1;
      last = performance.now();
    };
    const report = await hashColumn({ ...run, batchSize: 1, throttle: 0.2, onProgress });
    expect(atWork).toBe(4);
    // Three pauses, each four times as long as the work before it.
    expect(last - start).toBeGreaterThan(report.estimatedMs * 0.5);
  });
});

test('calls no operator that somebody made in a schema of the search path', async () => {
  await db.query(`DROP TABLE ${sql}; CREATE TABLE ${sql} (code varchar(20), n int, "p.in" text, PRIMARY KEY (code, n));
    CREATE TABLE called (operator text);
    CREATE FUNCTION hostile(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS
      'BEGIN INSERT INTO public.called VALUES (current_user); RETURN $1::text = $2::text; END';
    CREATE OPERATOR = (FUNCTION = hostile, LEFTARG = varchar, RIGHTARG = varchar);
    CREATE OPERATOR > (FUNCTION = hostile, LEFTARG = varchar, RIGHTARG = varchar);
    INSERT INTO ${sql} SELECT 'c' || i, i, 'secret ' || i FROM generate_series(1, 3) AS i`);
  const { written, inClear } = await hashColumn({ ...run, batchSize: 1 });
  expect({ written, inClear }).toEqual({ written: 3, inClear: 0 });
  expect((await db.query('SELECT * FROM called')).rows).toEqual([]);
});
