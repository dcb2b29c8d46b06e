/** What must hold when rows change under the run, when it is killed, and when PostgreSQL refuses. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { QUARANTINE_TABLE } from '../../test/quarantine-table.ts';
import { decryptField } from '../fields/encrypt-field.ts';
import { createKeyFile, readKeyFile } from '../keys/key-file.ts';
import { KeyRing } from '../keys/key-ring.ts';
import { findPlaintext } from '../search/find-plaintext.ts';
import { contractSecrets } from './contract-secrets.ts';
import { expandSecrets } from './expand-secrets.ts';
import { decryptQuarantined } from './quarantine.ts';
import { scanSecrets } from './scan-secrets.ts';
import type { EncryptTreatment, SecretTreatment } from './treatment.ts';

const keys = () => ({ current: 'k', keys: new Map([['k', randomBytes(32)]]) });
const keyRing = new KeyRing({ pepper: keys(), encryption: keys(), blindIndex: keys() });
const quarantine = { schema: 'public', name: 'data_quarantine' };
const nasty = 'Acc"ount %s';
const treatment: EncryptTreatment = {
  table: { schema: 'public', name: 'st\'aff "x"' },
  column: nasty,
  treatment: 'encrypt',
  target: 'cipher',
};
const sql = {
  table: pg.escapeIdentifier(treatment.table.name),
  column: pg.escapeIdentifier(nasty),
};

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let other: pg.Client;
let run: Parameters<typeof contractSecrets>[0];

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  other = new pg.Client(database.url);
  await Promise.all([db.connect(), other.connect()]);
  run = { db, keyRing, quarantine, treatments: [treatment] };
});

afterAll(async () => {
  await Promise.all([db.end(), other.end()]);
  await database.drop();
});

beforeEach(async () => {
  await db.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    ${QUARANTINE_TABLE};
    CREATE TABLE ${sql.table} (id int PRIMARY KEY, ${sql.column} text NOT NULL, cipher text);
    INSERT INTO ${sql.table} SELECT i, 'account ' || i FROM generate_series(1, 60) AS i`);
});

async function rowsOf() {
  const { rows } = await db.query(
    `SELECT id::text, ${sql.column} AS old, cipher FROM ${sql.table} ORDER BY ${sql.table}.id`,
  );
  return rows as { id: string; old: string; cipher: string | null }[];
}

const contextOf = (id: string) => ({ table: treatment.table.name, column: nasty, key: { id } });

describe('a row that changes', () => {
  test('between reading and writing is expanded with its new value', async () => {
    let changed = false;
    const treatments = [treatment];
    const reports = await expandSecrets({
      ...run,
      treatments,
      batchSize: 20,
      onProgress: () => {
        changed = true;
      },
      db: interceptFirst(/^UPDATE/, () =>
        other.query(`UPDATE ${sql.table} SET ${sql.column} = 'new' WHERE id = 3`),
      ),
    });
    expect(changed).toBe(true);
    expect(reports[0]).toMatchObject({ written: 60, kept: [] });
    const row = (await rowsOf())[2];
    expect(decryptField(row?.cipher ?? '', { keyRing, context: contextOf('3') })).toBe('new');
  });

  test('between verifying and locking is not emptied before it is expanded again', async () => {
    await expandSecrets(run);
    const report = await contractSecrets({
      ...run,
      db: interceptFirst(/FOR NO KEY UPDATE/, () =>
        other.query(`UPDATE ${sql.table} SET ${sql.column} = 'new' WHERE id = 3`),
      ),
    });
    expect(report.treatments[0]).toMatchObject({
      written: 59,
      kept: [{ reason: 'differs from what was expanded; expand again', count: 1 }],
    });
    expect((await rowsOf())[2]?.old).toBe('new');
    await expandSecrets(run);
    await contractSecrets(run);
    expect((await rowsOf())[2]?.old).toBe('');
  });

  test('after contraction leaves both old values in the quarantine', async () => {
    await expandSecrets(run);
    await contractSecrets(run);
    await db.query(`UPDATE ${sql.table} SET ${sql.column} = 'newer' WHERE id = 3`);
    await expandSecrets(run);
    await contractSecrets(run);
    const { rows } = await db.query(
      `SELECT old_value FROM data_quarantine WHERE row_key = '{"id":"3"}' ORDER BY id`,
    );
    const origin = {
      schema: 'public',
      table: treatment.table.name,
      column: nasty,
      key: { id: '3' },
    };
    expect(rows.map((row) => decryptQuarantined(row.old_value, origin, keyRing))).toEqual([
      'account 3',
      'newer',
    ]);
  });
});

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

describe('what is sent to the server', () => {
  test('never has a secret in it, neither as text nor as parameter', async () => {
    const sent: string[] = [];
    const watched = {
      query(text: string, values?: unknown[]) {
        sent.push(text, JSON.stringify(values ?? []));
        return db.query(text, values);
      },
    };
    await db.query(`CREATE TABLE notes (n text); INSERT INTO notes VALUES ('see account 17')`);
    await expandSecrets({ ...run, db: watched });
    const report = await contractSecrets({ ...run, db: watched, everywhere: true });
    expect(report.elsewhere?.redacted).toHaveLength(1);
    expect((await findPlaintext({ ...run, db: watched })).places).toEqual([]);
    expect(sent.filter((each) => /account \d/.test(each))).toEqual([]);
  });
});

describe('a partitioned table with a composite key', () => {
  test('is treated like any other', async () => {
    await db.query(`CREATE TABLE parted (a date, "b c" int, v text, c text, PRIMARY KEY (a, "b c")) PARTITION BY RANGE (a);
      CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
      CREATE TABLE p2 PARTITION OF parted DEFAULT;
      INSERT INTO parted SELECT date '2024-01-01' + i, i, 'value ' || i FROM generate_series(1, 60) AS i`);
    const treatments: SecretTreatment[] = [
      {
        table: { schema: 'public', name: 'parted' },
        column: 'v',
        treatment: 'encrypt',
        target: 'c',
      },
    ];
    await db.query(`SET DateStyle = 'SQL, DMY'`);
    await expandSecrets({ ...run, treatments, batchSize: 7 });
    const report = await contractSecrets({ ...run, treatments, batchSize: 7 });
    await db.query('RESET ALL');
    expect(report.treatments[0]).toMatchObject({ examined: 60, written: 60, kept: [] });
    const { rows } = await db.query('SELECT row_key FROM data_quarantine ORDER BY id LIMIT 1');
    expect(rows[0].row_key).toEqual({ a: '2024-01-02', 'b c': '1' });
  });
});

describe('contraction', () => {
  test("takes nothing that was not expanded, or whose ciphertext is another row's", async () => {
    expect((await contractSecrets(run)).treatments[0]).toMatchObject({
      written: 0,
      kept: [{ reason: 'not expanded yet', count: 60 }],
    });
    await expandSecrets(run);
    await db.query(`UPDATE ${sql.table} AS a SET cipher = b.cipher FROM ${sql.table} AS b
      WHERE (a.id, b.id) IN ((1, 2), (2, 1))`);
    expect((await contractSecrets(run)).treatments[0]).toMatchObject({ written: 58 });
    expect((await rowsOf()).slice(0, 3).map(({ old }) => old)).toEqual([
      'account 1',
      'account 2',
      '',
    ]);
    expect((await scanSecrets(db, [treatment]))[0]).toMatchObject({ rows: 60, inClear: 2 });
  });

  test('killed at any batch and run again ends with every value, once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kill-'));
    const keyFile = join(directory, 'keys.json');
    await createKeyFile(keyFile);
    try {
      for (const killAt of [3, 11, 14]) await killed(keyFile, killAt);
      await killed(keyFile, Number.POSITIVE_INFINITY);
      const ring = await readKeyFile(keyFile);
      expect((await rowsOf()).every(({ old }) => old === '')).toBe(true);
      for (const { id, cipher } of await rowsOf()) {
        const context = contextOf(id);
        expect(decryptField(cipher ?? '', { keyRing: ring, context })).toBe(`account ${id}`);
      }
      const { rows } = await db.query('SELECT count(*)::int AS count FROM data_quarantine');
      expect(rows[0].count).toBe(60);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  async function killed(keyFile: string, killAt: number): Promise<void> {
    const script = fileURLToPath(new URL('../../test/contract-process.ts', import.meta.url));
    const child = fork(script, [database.url, keyFile, JSON.stringify([treatment])], {
      execArgv: ['--conditions=@tothub/source'],
    });
    let messages = 0;
    child.on('message', () => {
      messages += 1;
      if (messages === killAt) child.kill('SIGKILL');
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on('exit', (...result) => resolve(result));
    });
    expect([code, signal]).toEqual(
      killAt === Number.POSITIVE_INFINITY ? [0, null] : [null, 'SIGKILL'],
    );
  }

  test('stops between batches when asked, and says so', async () => {
    await expandSecrets(run);
    const controller = new AbortController();
    const stopped = contractSecrets({
      ...run,
      batchSize: 20,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(stopped).rejects.toThrow(/stopped between two batches\. Run it again/);
    expect((await rowsOf()).filter(({ old }) => old === '')).toHaveLength(20);
  });

  test('gives the session its own settings back', async () => {
    await db.query(`SET DateStyle = 'German, DMY'; SET lock_timeout = '7s'`);
    await expandSecrets(run);
    const { rows } = await db.query(
      `SELECT current_setting('DateStyle') AS a, current_setting('lock_timeout') AS b, current_setting('row_security') AS c`,
    );
    expect(rows).toEqual([{ a: 'German, DMY', b: '7s', c: 'on' }]);
    await db.query('RESET ALL');
  });
});

describe('a refusal', () => {
  test('by PostgreSQL tells no value, neither in its message nor in its cause', async () => {
    await db.query(`ALTER TABLE ${sql.table} ADD CONSTRAINT not_empty CHECK (${sql.column} <> '')`);
    await expandSecrets(run);
    const error = await contractSecrets(run).catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('account 1');
    expect(String(error)).toMatchInlineSnapshot(
      `"StatementError: The contract step of public.st'aff "x".Acc"ount %s failed (code 23514, schema public, table st'aff "x", constraint not_empty). Nothing of this step was kept; mend what the code names and run it again."`,
    );
    expect((await rowsOf()).every(({ old }) => old !== '')).toBe(true);
    expect((await db.query('SELECT FROM data_quarantine')).rows).toEqual([]);
  });

  test('is retryable when another session holds the lock for longer than the budget', async () => {
    await expandSecrets(run);
    await other.query(`BEGIN; SELECT FROM ${sql.table} WHERE id = 1 FOR UPDATE`);
    const error = await contractSecrets({ ...run, lockBudgetMs: 0 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'TOTHUB_SECURITY_STATEMENT',
      sqlState: '55P03',
      isRetryable: true,
    });
    await other.query('ROLLBACK');
    expect((await contractSecrets(run)).treatments[0]?.written).toBe(60);
  });

  test('gives way in a deadlock with the application, and goes on', async () => {
    await expandSecrets(run);
    await other.query(`BEGIN; SELECT FROM ${sql.table} WHERE id = 60 FOR UPDATE`);
    const contracted = contractSecrets(run);
    await expect
      .poll(
        async () => {
          const { rows } = await other.query(
            `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return rows.length;
        },
        { timeout: 60_000, interval: 5 },
      )
      .toBeGreaterThan(0);
    // The batch has locked this row, and waits for the other.
    await other.query(`SELECT FROM ${sql.table} WHERE id = 1 FOR UPDATE`);
    await other.query('COMMIT');
    expect((await contracted).treatments[0]?.written).toBe(60);
  });

  test.each([
    [{ table: { schema: 'public', name: 'nothing' } }, /There is no table public\.nothing/],
    [{ column: 'nothing' }, /has no column nothing\. Add it, or correct its name/],
    [{ target: 'nothing' }, /has no column nothing/],
    [{ target: nasty }, /writes into the column it reads/],
    [{ column: 'id' }, /part of the primary key/],
    [{ when: { column: 'nothing', equals: '' } }, /has no column nothing/],
  ])('of %j comes before anything is changed', async (change, message) => {
    const wrong = { ...treatment, ...change } as SecretTreatment;
    await expect(expandSecrets({ ...run, treatments: [wrong] })).rejects.toThrow(message);
    expect((await rowsOf()).every(({ cipher }) => cipher === null)).toBe(true);
  });

  test('of a table without a key says what to do', async () => {
    await db.query(
      `ALTER TABLE ${sql.table} DROP CONSTRAINT ${pg.escapeIdentifier(`${treatment.table.name}_pkey`)}`,
    );
    await expect(expandSecrets(run)).rejects.toThrow(/has no primary key.*Give it one first/);
  });

  test('of a pool says what to pass', async () => {
    const pool = new pg.Pool({ connectionString: database.url });
    await expect(expandSecrets({ ...run, db: pool })).rejects.toThrow(
      /Pass a client: await pool\.connect\(\)/,
    );
    await pool.end();
  });

  test('comes rather than rows left out in silence, where policies hide some', async () => {
    const role = `rls_${database.name}`;
    await db.query(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA public TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
      ALTER TABLE ${sql.table} ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON ${sql.table} USING (id < 10)`);
    await other.query(`SET ROLE ${role}`);
    await expect(expandSecrets({ ...run, db: other })).rejects.toMatchObject({ sqlState: '42501' });
    await other.query('RESET ROLE');
    await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});
