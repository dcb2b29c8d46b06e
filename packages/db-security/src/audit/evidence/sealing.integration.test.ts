/** Sealing beside writers, other sealers, limits, kills and roles: the chain never forks, nobody waits, nothing is left out. */
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { sealAudit } from './seal-audit.ts';
import { verifyAudit } from './verify-audit.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
const opened: pg.Client[] = [];

async function connect(config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, ...config });
  client.on('error', () => {}); // Some are killed.
  await client.connect();
  opened.push(client);
  return client;
}

beforeAll(async () => {
  database = await testDatabase();
  db = await connect();
  await installAudit(db);
  await db.query('CREATE TABLE t (id int PRIMARY KEY, note text)');
  await enableAudit(db, { schema: 'public', name: 't' });
});

afterAll(async () => {
  await Promise.all(opened.map((client) => client.end().catch(() => {})));
  await database.drop();
});

/** Once for what is new, and once for the mark that may then come up. */
async function sealAll(): Promise<void> {
  await sealAudit(db);
  await sealAudit(db);
}

async function head(): Promise<{ low: number; last: number }> {
  const { rows } = await db.query(
    'SELECT low_id::int AS low, last_id::int AS last FROM audit.seal ORDER BY number DESC LIMIT 1',
  );
  return rows[0];
}

test('a late commit falls into a later seal, and the low-water mark waits for it', async () => {
  const slow = await connect();
  await slow.query('BEGIN; INSERT INTO t VALUES (1)');
  await db.query('INSERT INTO t VALUES (2)');
  await sealAll();
  await db.query('INSERT INTO t VALUES (3)');
  await sealAll();
  const { rows } = await db.query(`SELECT min(id)::int AS id FROM audit.log WHERE row_key = '{2}'`);
  expect((await head()).low).toBeLessThan(rows[0].id - 1);
  await slow.query('COMMIT');
  expect(await sealAudit(db)).toMatchObject({ seals: 1, entries: 1 });
  // Transactions in other databases of the server can hold the mark back a little.
  await vi.waitFor(async () => {
    await sealAudit(db);
    const { low, last } = await head();
    expect(low).toBe(last);
  }, 10_000);
  expect(await sealAudit(db)).toMatchObject({ seals: 0, entries: 0 });
  expect(await verifyAudit(db)).toMatchObject({ ok: true, sealed: 4, unsealed: 0 });
});

test('the low-water mark waits for the newest transaction, too', async () => {
  const slow = await connect();
  await db.query('INSERT INTO t VALUES (300)');
  // No other transaction ends after this one has begun, so a snapshot's xmax is this one's number.
  await slow.query('BEGIN; INSERT INTO t VALUES (301)');
  for (let turn = 0; turn < 3; turn += 1) await sealAudit(db);
  await slow.query('COMMIT');
  await sealAll();
  expect(await verifyAudit(db)).toMatchObject({ ok: true, unsealed: 0 });
});

test('an id is drawn only by a transaction that has its number', async () => {
  const first = await connect();
  // A note is the first thing that this transaction writes.
  await first.query(`BEGIN; SELECT audit.write_note('public', 't', 'NOTE', '{}')`);
  await db.query('INSERT INTO t VALUES (4)');
  await sealAll();
  const { low } = await head();
  await first.query('COMMIT');
  const { rows } = await db.query(`SELECT id::int AS id FROM audit.log WHERE operation = 'NOTE'`);
  expect(rows[0].id).toBeGreaterThan(low);
  const { rows: defaults } = await db.query(
    `SELECT pg_get_expr(adbin, adrelid) AS text FROM pg_attrdef WHERE adrelid = 'audit.log'::regclass AND adnum = 1`,
  );
  expect(defaults[0].text).toMatch(
    /^nextval\(\s*CASE\s+WHEN \(pg_current_xact_id\(\) IS NOT NULL\)/,
  );
});

test('sealing inside a transaction that wrote before does not raise the mark on a guess', async () => {
  await db.query('BEGIN; INSERT INTO t VALUES (5)');
  await sealAudit(db);
  const { rows } = await db.query(
    'SELECT next_xid::text AS xid FROM audit.seal ORDER BY number DESC LIMIT 1',
  );
  await db.query('COMMIT');
  expect(rows[0].xid).toBe('18446744073709551615');
  expect(await verifyAudit(db)).toMatchObject({ ok: true, unsealed: 0 });
});

test('64 writers that roll back, and two sealers and a verifier in a loop: nobody waits, all is sealed', async () => {
  const writers = await Promise.all(Array.from({ length: 64 }, () => connect()));
  // Where the default is repeatable read, a sealer does not see what the other one has sealed.
  const sealers = [
    await connect(),
    await connect({ options: '-c default_transaction_isolation=serializable' }),
  ];
  const pids = await Promise.all(
    sealers.map(
      async (s) => (await s.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number,
    ),
  );
  let isWriting = true;
  let [waits, examinations, seals] = [0, 0, 0];
  const sealing = sealers.map(async (sealer) => {
    while (isWriting) seals += (await sealAudit(sealer, { batchSize: 40 })).seals;
  });
  const verifying = (async () => {
    const verifier = await connect();
    while (isWriting) {
      const { problems } = await verifyAudit(verifier);
      expect(problems).toEqual([]);
      examinations += 1;
    }
  })();
  const watching = (async () => {
    while (isWriting) {
      const { rows } = await db.query(
        'SELECT pid, pg_blocking_pids(pid) AS by FROM pg_stat_activity WHERE wait_event_type = $1 AND datname = current_database()',
        ['Lock'],
      );
      waits += rows.filter(
        ({ pid, by }) =>
          !pids.includes(pid) && by.some((blocker: number) => pids.includes(blocker)),
      ).length;
    }
  })();
  try {
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let turn = 0; turn < 12; turn += 1) {
          const key = 1_000 + w * 100 + turn;
          await writer.query(
            `BEGIN; INSERT INTO t SELECT n FROM generate_series(${key}00, ${key}02) AS n`,
          );
          await writer.query(
            `SAVEPOINT s; UPDATE t SET note = 'x' WHERE id = ${key}01; ${turn % 2 ? 'ROLLBACK TO s' : 'RELEASE s'}`,
          );
          await writer.query(
            turn % 3 === 0 ? 'ROLLBACK' : `DELETE FROM t WHERE id = ${key}00; COMMIT`,
          );
        }
      }),
    );
  } finally {
    isWriting = false;
  }
  await Promise.all([...sealing, verifying, watching]);
  await sealAll();
  const { rows } = await db.query(
    `SELECT (SELECT count(*)::int FROM audit.log) AS entries, (SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()) AS deadlocks,
       (SELECT count(*)::int FROM audit.seal) AS seals, (SELECT max(number)::int FROM audit.seal) AS last`,
  );
  expect(rows[0].deadlocks).toBe(0);
  expect(waits).toBe(0);
  expect(rows[0].last).toBe(rows[0].seals);
  expect(examinations).toBeGreaterThan(0);
  expect(seals).toBeGreaterThan(2);
  expect(await verifyAudit(db)).toMatchObject({ ok: true, sealed: rows[0].entries, unsealed: 0 });
  // 64 writers, 8 of 12 turns committed, 3 inserts, 1 delete, and in half of the turns 1 update.
  expect(rows[0].entries).toBeGreaterThan(64 * 8 * 4);
});

test('a seal is on the disk before its anchor leaves, where commits are else asynchronous', async () => {
  const setting = async () =>
    (await db.query('SHOW synchronous_commit')).rows[0].synchronous_commit;
  await db.query(`BEGIN; SET LOCAL synchronous_commit = off; INSERT INTO t VALUES (6)`);
  expect(await setting()).toBe('off');
  await sealAudit(db);
  expect(await setting()).toBe('on');
  await db.query('COMMIT');
});

test('a full batch leaves nothing behind', async () => {
  await db.query('INSERT INTO t SELECT n FROM generate_series(1, 50) AS n ON CONFLICT DO NOTHING');
  const { entries } = await sealAudit(db, { batchSize: 7 });
  expect(entries).toBeGreaterThan(40);
  expect(await verifyAudit(db)).toMatchObject({ ok: true, unsealed: 0 });
});

test('a sealer that is killed, or cut off by a time limit, leaves the chain as it was', async () => {
  await db.query('UPDATE t SET note = $1', ['again']);
  const before = await head();
  const victim = await connect();
  await victim.query('BEGIN');
  const { rows } = await victim.query('SELECT pg_backend_pid() AS pid, audit.seal_log(100)');
  await db.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
  const hurried = await connect({ statement_timeout: 1 });
  await expect(sealAudit(hurried, { batchSize: 600 })).rejects.toMatchObject({ sqlState: '57014' });
  expect(await head()).toEqual(before);
  await sealAll();
  expect(await verifyAudit(db)).toMatchObject({ ok: true, unsealed: 0 });
});

test('stops between two batches when asked to, and keeps what it sealed', async () => {
  await db.query('UPDATE t SET note = $1', ['stop']);
  const controller = new AbortController();
  let calls = 0;
  const counting = {
    query(text: string, values?: readonly unknown[]) {
      calls += 1;
      if (calls === 2) controller.abort();
      return db.query(text, values as unknown[]);
    },
  };
  await expect(
    sealAudit(counting, { batchSize: 10, signal: controller.signal }),
  ).rejects.toMatchObject({ code: 'TOTHUB_SECURITY_ABORTED' });
  expect(await verifyAudit(db)).toMatchObject({ ok: true });
  await sealAll();
});

test('a role without rights neither seals nor forges; with EXECUTE it seals, with SELECT it verifies', async () => {
  const role = `seal_${database.name}`;
  const low = await connect();
  await db.query(
    `CREATE ROLE ${role}; GRANT pg_read_all_data, pg_write_all_data TO ${role}; GRANT USAGE ON SCHEMA audit TO ${role}`,
  );
  try {
    await low.query(`SET SESSION AUTHORIZATION ${role}`);
    await expect(sealAudit(low)).rejects.toMatchObject({ sqlState: '42501' });
    const forged = `INSERT INTO audit.seal SELECT number + 1, sealed_at, month, ids, row_count, rows_hash, chain_hash, low_id, last_id, next_xid
      FROM audit.seal ORDER BY number DESC LIMIT 1`;
    for (const client of [low, db]) {
      for (const attempt of [
        forged,
        'UPDATE audit.seal SET row_count = 0',
        'DELETE FROM audit.seal',
        'TRUNCATE audit.seal',
      ]) {
        await expect(client.query(attempt)).rejects.toMatchObject({ code: '42501' });
        await client.query('BEGIN');
        await client.query(`SELECT set_config('audit.sealing', pg_current_xact_id()::text, true)`);
        // The owner could also take the guard off: what he then seals himself is for the anchor to show.
        if (client === low || attempt !== forged) {
          await expect(client.query(attempt)).rejects.toMatchObject({ code: '42501' });
        }
        await client.query('ROLLBACK');
      }
    }
    await db.query(
      `INSERT INTO t VALUES (77777); GRANT EXECUTE ON FUNCTION audit.seal_log TO ${role}`,
    );
    expect((await sealAudit(low)).entries).toBe(1);
    expect(await verifyAudit(low)).toMatchObject({ ok: true, unsealed: 0 });
  } finally {
    await low.query('RESET SESSION AUTHORIZATION');
    await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

test('the hashes do not depend on the settings of a session', async () => {
  const odd = await connect({
    options:
      '-c DateStyle=SQL,DMY -c TimeZone=Asia/Kathmandu -c IntervalStyle=sql_standard -c extra_float_digits=-10 -c bytea_output=escape -c client_encoding=LATIN1 -c search_path=public -c lc_numeric=C',
  });
  await db.query(
    `INSERT INTO t VALUES (88888, E'\\u00e9\\u20ac "q" \\\\ {a,b} \\n\\u0085\\u00a0')`,
  );
  await sealAudit(odd);
  expect(await verifyAudit(db)).toMatchObject({ ok: true });
  await db.query(`UPDATE t SET note = 'y' WHERE id = 88888`);
  await sealAudit(db);
  await odd.query('BEGIN READ ONLY');
  expect(await verifyAudit(odd)).toMatchObject({ ok: true, unsealed: 0 });
  await odd.query('COMMIT');
});
