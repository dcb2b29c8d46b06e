import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { withActor } from '../with-actor.ts';
import { asOf } from './as-of.ts';
import { history } from './history.ts';
import { restoreRow } from './restore-row.ts';

const T = { schema: 'public', name: 't' };

test('history, asOf, restoreRow and withActor work on PGlite', async () => {
  const db = await PGlite.create();
  await installAudit(db);
  await db.exec('CREATE TABLE t (id int PRIMARY KEY, ok bool, xs int[], b bytea, at date)');
  await enableAudit(db, T);
  await withActor(db, 'staff:1', () =>
    db.query(`INSERT INTO t VALUES (1, true, '{1,NULL}', '\\x00ff', '2024-03-04')`),
  );
  const then = (await db.query<{ id: number }>('SELECT max(id)::int AS id FROM audit.log')).rows[0];
  await db.query('UPDATE t SET id = 2, ok = NULL, xs = NULL');
  await db.query('DELETE FROM t');

  const changes: [string, string | null][] = [];
  for await (const { operation, actor } of history(db, T, ['2'])) changes.push([operation, actor]);
  expect(changes).toEqual([
    ['DELETE', null],
    ['UPDATE', null],
    ['INSERT', 'staff:1'],
  ]);
  {
    await using past = await asOf(db, T, then ?? '');
    for await (const { values, isProven } of past.rows) {
      expect(values).toEqual({ id: '1', ok: 't', xs: '{1,NULL}', b: '\\x00ff', at: '2024-03-04' });
      expect(isProven).toBe(true);
    }
  }
  expect(await restoreRow(db, T, ['1'], { to: then ?? '', actor: 'staff:2' })).toMatchObject({
    action: 'insert',
    changedByTriggers: [],
  });
  expect((await db.query('SELECT t::text AS row FROM t')).rows).toEqual([
    { row: '(1,t,"{1,NULL}","\\\\x00ff",2024-03-04)' },
  ]);
  await db.close();
});
