/** A log that was dumped and restored on another server verifies there, and sealing goes on. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries, type PostgresServer, startPostgres } from '@tothub/db-testkit';
import { testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { expect, test } from 'vitest';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { readAnchor } from './anchor.ts';
import { sealAudit } from './seal-audit.ts';
import { verifyAudit } from './verify-audit.ts';

const run = promisify(execFile);
const pgDump = findBinaries(testCluster().major).find((set) => set.pgDump !== undefined)?.pgDump;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function nextTransaction(client: pg.Client): Promise<bigint> {
  return BigInt((await client.query('SELECT pg_current_xact_id()::text AS id')).rows[0].id);
}

test.skipIf(pgDump === undefined)(
  'verifies after pg_dump and pg_restore on a server whose transaction numbers are behind, and goes on',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-restore-'));
    const database = await testDatabase();
    let other: PostgresServer | undefined;
    try {
      const { anchor, roles } = await withClient(database.url, async (db) => {
        // A thousand numbers that the other server has not come to.
        await db.query(
          `DO $$ BEGIN FOR i IN 1..1000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`,
        );
        await installAudit(db);
        await db.query('CREATE TABLE t (id int PRIMARY KEY, note text)');
        await enableAudit(db, { schema: 'public', name: 't' });
        await db.query(`INSERT INTO t SELECT n, 'é' || n FROM generate_series(1, 50) AS n`);
        await sealAudit(db);
        await db.query(`BEGIN; INSERT INTO t VALUES (99); ROLLBACK`);
        await db.query(`UPDATE t SET note = 'x' WHERE id > 40`);
        const { rows } = await db.query(
          `SELECT DISTINCT quote_ident(pg_get_userbyid(proowner)) AS name FROM pg_proc
           WHERE pronamespace = 'audit'::regnamespace AND pg_get_userbyid(proowner) <> current_user`,
        );
        return {
          anchor: (await sealAudit(db)).anchor,
          roles: rows.map(({ name }) => `CREATE ROLE ${name};`),
        };
      });
      const file = join(folder, 'dump');
      await run(pgDump ?? '', ['--format=custom', `--file=${file}`, database.url]);
      other = await startPostgres({ major: testCluster().major });
      const url = await other.createDatabase('restored');
      await other.execute('restored', roles.join('\n'));
      await run((pgDump ?? '').replace(/pg_dump$/, 'pg_restore'), [
        '--exit-on-error',
        `--dbname=${url}`,
        file,
      ]);
      await withClient(url, async (db) => {
        const { rows } = await db.query('SELECT max(next_xid)::text AS id FROM audit.seal');
        expect(await nextTransaction(db)).toBeLessThan(BigInt(rows[0].id));
        expect(await verifyAudit(db, { anchor })).toMatchObject({
          ok: true,
          sealed: 61,
          unsealed: 0,
        });
        expect(await readAnchor(db)).toBe(anchor);
        for (let turn = 0; turn < 3; turn += 1) {
          await db.query('DELETE FROM t WHERE id = $1', [turn + 1]);
          expect(await sealAudit(db)).toMatchObject({ entries: 1 });
        }
        await sealAudit(db);
        const head = await db.query(
          'SELECT low_id = last_id AS "isUp" FROM audit.seal ORDER BY number DESC LIMIT 1',
        );
        expect(head.rows[0].isUp).toBe(true);
        expect(await verifyAudit(db, { anchor })).toMatchObject({
          ok: true,
          sealed: 64,
          unsealed: 0,
        });
      });
    } finally {
      await other?.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
