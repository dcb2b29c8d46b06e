/** The evidence on PGlite, which takes one statement at a time and has no pool. */
import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { eraseAudit } from '../retention/erase-audit.ts';
import { maintainAudit } from '../retention/maintain-audit.ts';
import { sealAudit } from './seal-audit.ts';
import { verifyAudit } from './verify-audit.ts';

test('seals, verifies, maintains and erases on PGlite', { timeout: 120_000 }, async () => {
  const lite = await PGlite.create();
  try {
    const db = {
      query: (text: string, values?: readonly unknown[]) => lite.query(text, values as unknown[]),
    };
    await installAudit(db);
    await db.query('CREATE TABLE t (id int PRIMARY KEY, note text)');
    const table = { schema: 'public', name: 't' };
    await enableAudit(db, table);
    await db.query(`INSERT INTO t VALUES (1, 'a')`);
    const { anchor } = await sealAudit(db);
    await db.query(`UPDATE t SET note = 'b'`);
    expect(await maintainAudit(db, { ahead: 4, retention: 12 })).toMatchObject({
      dropped: [],
      left: [],
    });
    expect(await eraseAudit(db, { table, key: ['1'], columns: ['note'], reason: 'r' })).toEqual({
      entries: 2,
      erased: 2,
    });
    expect(await verifyAudit(db, { anchor })).toMatchObject({
      ok: true,
      unsealed: 0,
      erasures: [{ entries: 2 }],
    });
  } finally {
    await lite.close();
  }
});
