import { beforeEach, describe, expect, test } from 'vitest';
import { db, useDatabase } from '../../../test/own-database.ts';
import { disableAudit, type EnableAuditOptions, enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { eraseAudit } from '../retention/erase-audit.ts';
import { history, type RowSelector } from './history.ts';

const T = { schema: 'app', name: 't' };

useDatabase();

beforeEach(async () => {
  await db.query('DROP SCHEMA IF EXISTS app, audit CASCADE; CREATE SCHEMA app');
  await installAudit(db);
});

async function audited(sql: string, options: EnableAuditOptions = {}): Promise<void> {
  await db.query(sql);
  await enableAudit(db, T, options);
}

/** One line a change: what, from which key to which, which columns. */
async function told(key: RowSelector, table = T): Promise<string[]> {
  const lines: string[] = [];
  for await (const each of history(db, table, key)) {
    const keys = [each.key, each.newKey].filter((one) => one !== null).map((one) => one.join());
    const columns = Object.entries(each.newValues ?? each.oldValues ?? {})
      .filter(([, value]) => typeof value === 'string')
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const isNote = each.key === null && !['INSERT', 'UPDATE', 'DELETE'].includes(each.operation);
    lines.push(
      [each.operation, keys.join('→'), isNote ? '' : columns.map((pair) => pair.join('=')).join()]
        .join(' ')
        .trim(),
    );
  }
  return lines;
}

describe('history', () => {
  test('tells the changes of one row, newest first', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)', {
      mode: 'full',
    } as EnableAuditOptions);
    await db.query(`INSERT INTO app.t VALUES (1, 'x'), (2, 'other')`);
    await db.query(
      `UPDATE app.t SET a = 'y' WHERE id = 1; UPDATE app.t SET a = 'z'; DELETE FROM app.t WHERE id = 1`,
    );
    expect(await told(['1'])).toEqual([
      'DELETE 1 a=z,id=1',
      'UPDATE 1 a=z',
      'UPDATE 1 a=y',
      expect.stringMatching(/^INSERT 1/),
    ]);
    expect(await told(['3'])).toEqual(['ENABLE']);
  });

  test('follows a row through changes and swaps of its key, and not its neighbours', async () => {
    await audited('CREATE TABLE app.t (id int, a text, PRIMARY KEY (id) DEFERRABLE)');
    await db.query(`INSERT INTO app.t VALUES (1, 'one'), (2, 'two')`);
    await db.query('UPDATE app.t SET id = 3 - id');
    await db.query('UPDATE app.t SET id = 3 - id');
    await db.query(`UPDATE app.t SET id = 9 WHERE a = 'one'`);
    expect(await told(['9'])).toEqual([
      'UPDATE 1→9 id=9',
      'UPDATE 2→1 id=1',
      'UPDATE 1→2 id=2',
      expect.stringMatching(/^INSERT 1/),
    ]);
    expect(await told(['2'])).toEqual([
      'UPDATE 1→2 id=2',
      'UPDATE 2→1 id=1',
      expect.stringMatching(/^INSERT 2/),
    ]);
    await db.query(`INSERT INTO app.t VALUES (1, 'new')`);
    expect(await told(['1'])).toEqual([expect.stringMatching(/^INSERT 1/)]);
  });

  test('tells earlier lives of a key, and the notes between them', async () => {
    await audited('CREATE TABLE app.t (id int, b text, PRIMARY KEY (b, id))');
    await db.query(`INSERT INTO app.t VALUES (1, 'k,"'); DELETE FROM app.t; TRUNCATE app.t`);
    await disableAudit(db, T);
    await db.query(`INSERT INTO app.t VALUES (1, 'k,"')`);
    await enableAudit(db, T);
    await db.query(`DELETE FROM app.t; INSERT INTO app.t VALUES (1, 'k,"'); TRUNCATE app.t`);
    expect(await told(['k,"', '1'])).toEqual([
      'TRUNCATE',
      expect.stringMatching(/^INSERT k,",1/),
      'DELETE k,",1 b=k,",id=1',
      'ENABLE',
      'DISABLE',
      'DELETE k,",1 b=k,",id=1',
      expect.stringMatching(/^INSERT k,",1/),
    ]);
  });

  test('reads the key as the table would', async () => {
    await audited('CREATE TABLE app.t (id uuid PRIMARY KEY, a text)');
    await db.query(`INSERT INTO app.t VALUES ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'x')`);
    expect(await told(['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'])).toHaveLength(1);
    expect(await told(['no uuid'])).toEqual(['ENABLE']);
  });

  test('pages through a row that changed often', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, n int)');
    await db.query('INSERT INTO app.t VALUES (1, 0)');
    await db.query(
      'DO $$ BEGIN FOR n IN 1..1200 LOOP UPDATE app.t SET n = n.n FROM (SELECT n) AS n; END LOOP; END $$',
    );
    const lines = await told(['1']);
    expect(lines).toHaveLength(1201);
    expect(lines.slice(0, 2)).toEqual(['UPDATE 1 n=1200', 'UPDATE 1 n=1199']);
  });

  test('of a table that was renamed, and of one that is gone', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x'); ALTER TABLE app.t RENAME TO u`);
    const renamed = { schema: 'app', name: 'u' };
    await enableAudit(db, renamed);
    await db.query(`UPDATE app.u SET a = 'y'`);
    expect((await told(['1'], renamed)).filter((line) => !line.startsWith('ENABLE'))).toEqual([
      'UPDATE 1 a=y',
      'RENAME',
      expect.stringMatching(/^INSERT 1/),
    ]);
    await db.query('DROP TABLE app.u');
    expect(await told(['1'], renamed)).toContain('UPDATE 1 a=y');
  });

  test('says what was erased', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x'); UPDATE app.t SET a = 'y'`);
    await eraseAudit(db, { table: T, key: ['1'], reason: 'r 1' });
    const entries = [];
    for await (const each of history(db, T, ['1'])) entries.push(each);
    expect(entries.map(({ operation, isErased }) => [operation, isErased])).toEqual([
      ['ERASURE', false],
      ['UPDATE', true],
      ['INSERT', true],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/"[xy]"/);
  });

  test('without a key, of rows with these values', async () => {
    await audited('CREATE TABLE app.t (a text, b text)');
    await db.query(`INSERT INTO app.t VALUES ('x', NULL), ('y', 'z')`);
    await db.query(`UPDATE app.t SET b = 'w' WHERE a = 'x'; DELETE FROM app.t WHERE a = 'x'`);
    expect((await told({ a: 'x' })).map((line) => line.split(' ')[0])).toEqual([
      'DELETE',
      'UPDATE',
      'INSERT',
    ]);
    expect((await told({ a: 'x', b: null })).map((line) => line.split(' ')[0])).toEqual([
      'UPDATE',
      'INSERT',
    ]);
  });
});
