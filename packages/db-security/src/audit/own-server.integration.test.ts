/** What takes a server with settings of its own: rows that arrive by logical replication, and prepared transactions. */
import { type PostgresServer, startPostgres } from '@tothub/db-testkit';
import { testCluster } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { auditStatus } from './audit-status.ts';
import { enableAudit } from './enable-audit.ts';
import { sealAudit } from './evidence/seal-audit.ts';
import { verifyAudit } from './evidence/verify-audit.ts';
import { installAudit } from './install-audit.ts';

let server: PostgresServer;
let source: pg.Client;
let target: pg.Client;
let sourceUrl: string;

beforeAll(async () => {
  server = await startPostgres({
    major: testCluster().major,
    settings: { wal_level: 'logical', max_wal_senders: '2', max_prepared_transactions: '5' },
  });
  sourceUrl = await server.createDatabase('source');
  source = new pg.Client(sourceUrl);
  target = new pg.Client(await server.createDatabase('target'));
  for (const client of [source, target]) {
    await client.connect();
    await client.query('CREATE TABLE t (id int PRIMARY KEY, v text)');
  }
  await installAudit(target);
  await enableAudit(target, { schema: 'public', name: 't' });
});

afterAll(async () => {
  await Promise.all([source.end(), target.end()]);
  await server.stop();
});

const logged = async () =>
  (
    await target.query(
      `SELECT operation, row_key FROM audit.log WHERE table_name = 't' AND operation <> 'ENABLE' ORDER BY id`,
    )
  ).rows;

test('rows that a subscription applies are not recorded, and the status says so', async () => {
  await source.query('CREATE PUBLICATION p FOR TABLE t');
  // On one server the slot must stand before: making it would wait for the very transaction that makes it.
  await source.query(`SELECT pg_create_logical_replication_slot('s', 'pgoutput')`);
  await target.query(
    `CREATE SUBSCRIPTION s CONNECTION '${sourceUrl}'
     PUBLICATION p WITH (create_slot = false, copy_data = false)`,
  );
  await source.query(`INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'b'`);
  await vi.waitFor(async () => {
    expect((await target.query('SELECT v FROM t')).rows).toEqual([{ v: 'b' }]);
  }, 20_000);
  expect(await logged()).toEqual([]);
  expect((await auditStatus(target)).limits).toContain(
    'rows that subscriptions of this database apply fire no statement triggers, and are not recorded',
  );
  await target.query('DROP SUBSCRIPTION s');
  // Once it is gone, what is written here is recorded as before.
  await target.query(`UPDATE t SET v = 'c'`);
  expect(await logged()).toEqual([{ operation: 'UPDATE', row_key: ['1'] }]);
});

test('a seal leaves room for a prepared transaction, which the next one takes in', async () => {
  await target.query(`BEGIN; INSERT INTO t VALUES (2, 'prepared'); PREPARE TRANSACTION 'later'`);
  await target.query(`INSERT INTO t VALUES (3, 'now')`);
  await sealAudit(target);
  await target.query(`COMMIT PREPARED 'later'`);
  expect(await logged()).toContainEqual({ operation: 'INSERT', row_key: ['2'] });
  await sealAudit(target);
  const { ok, problems } = await verifyAudit(target);
  expect({ ok, problems }).toEqual({ ok: true, problems: [] });
});
