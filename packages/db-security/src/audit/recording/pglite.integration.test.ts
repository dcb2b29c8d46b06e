/** PGlite as the client and the server: no pooler, no other session, one role. */
import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { auditStatus } from '../audit-status.ts';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { withActor } from '../with-actor.ts';

test('a table in PGlite is audited as on a server', async () => {
  const db = new PGlite();
  await installAudit(db);
  await installAudit(db);
  await db.exec('CREATE TABLE t (id int PRIMARY KEY, v text, secret text)');
  const table = { schema: 'public', name: 't' };
  expect(await enableAudit(db, table, { redact: ['secret'] })).toEqual({ changed: true });
  expect(await enableAudit(db, table, { redact: ['secret'] })).toEqual({ changed: false });
  await withActor(db, 'staff:17', () => db.query(`INSERT INTO t VALUES (1, 'a', 's')`));
  await db.exec(
    `UPDATE t SET v = 'b', secret = 's2'; ALTER TABLE t ADD w int; UPDATE t SET w = 1; DELETE FROM t`,
  );
  const { rows } = await db.query(
    `SELECT operation, row_key, old_values, actor, content_hash IS NOT NULL AS hashed FROM audit.log WHERE row_key IS NOT NULL ORDER BY id`,
  );
  const redacted = { redacted: true };
  expect(rows).toEqual([
    { operation: 'INSERT', row_key: ['1'], old_values: null, actor: 'staff:17', hashed: true },
    {
      operation: 'UPDATE',
      row_key: ['1'],
      old_values: { v: 'a', secret: redacted },
      actor: null,
      hashed: true,
    },
    { operation: 'UPDATE', row_key: ['1'], old_values: { w: null }, actor: null, hashed: false },
    {
      operation: 'DELETE',
      row_key: ['1'],
      old_values: { id: '1', v: 'b', secret: redacted, w: '1' },
      actor: null,
      hashed: false,
    },
  ]);
  const status = await auditStatus(db);
  expect(status.problems).toEqual([]);
  expect(status.tables[0]?.problems).toEqual([expect.stringMatching(/columns have changed/)]);
  await expect(db.query('DELETE FROM audit.log')).rejects.toThrow(/only takes rows/);
  await db.close();
}, 120_000);
