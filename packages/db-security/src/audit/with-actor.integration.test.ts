import { pgbouncerBinary, startPgbouncer } from '@tothub/db-testkit';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { database, db, useDatabase } from '../../test/own-database.ts';
import { enableAudit } from './enable-audit.ts';
import { installAudit } from './install-audit.ts';
import { withActor } from './with-actor.ts';

useDatabase();

beforeAll(async () => {
  await installAudit(db);
  await db.query('CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)');
  await enableAudit(db, { schema: 'public', name: 't' });
});

/** The actors of the rows with this note, in order. */
async function actorsOf(note: string): Promise<(string | null)[]> {
  const { rows } = await db.query(
    `SELECT l.actor FROM t JOIN audit.log AS l ON l.row_key = ARRAY[t.id::text] AND l.operation = 'INSERT'
     WHERE t.note = $1 ORDER BY l.id`,
    [note],
  );
  return rows.map(({ actor }) => actor);
}

const insert = (client: pg.ClientBase, note: string) =>
  client.query('INSERT INTO t (note) VALUES ($1)', [note]);

describe('withActor', () => {
  test.each([
    ['quotes and line breaks', `o'"staff":17\n\\'; DROP TABLE t; --\t%s $1`],
    ['what looks like JSON and is not', '{"id": 17, '],
    ['all of Unicode', 'Ä 👩‍👧 \u202e\u0001'],
    ['8 kB', 'x'.repeat(8_192)],
    ['one space', ' '],
  ])('keeps an actor of %s as it is', async (name, actor) => {
    await withActor(db, actor, () => insert(db, name));
    expect(await actorsOf(name)).toEqual([actor]);
  });

  test.each([
    ['empty', ''],
    ['with a NUL', 'a\0b'],
    ['with half a surrogate pair', 'a\ud800b'],
  ])('refuses an actor that is %s, before anything is done', async (name, actor) => {
    await expect(withActor(db, actor, () => insert(db, name))).rejects.toMatchObject({
      code: 'TOTHUB_SECURITY_AUDIT_REFUSED',
    });
    expect(await actorsOf(name)).toEqual([]);
  });

  test('leaves nothing behind, whether its work ends well or not', async () => {
    await withActor(db, 'staff:1', () => insert(db, 'behind'));
    const failing = withActor(db, 'staff:2', async () => {
      await insert(db, 'undone');
      await db.query('SELECT 1 / 0');
    });
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    await insert(db, 'behind');
    expect(await actorsOf('behind')).toEqual(['staff:1', null]);
    expect(await actorsOf('undone')).toEqual([]);
  });

  test('logs an actor that a client set to nothing as none', async () => {
    await db.query(`SET audit.actor = ''`);
    await insert(db, 'set to nothing');
    await db.query('RESET audit.actor');
    expect(await actorsOf('set to nothing')).toEqual([null]);
  });

  test('keeps the login role beside the claim', async () => {
    const role = `clerk_${database.name}`;
    await db.query(`CREATE ROLE ${role}; GRANT INSERT ON t TO ${role}`);
    await withActor(db, 'admin', async () => {
      await db.query(`SET LOCAL ROLE ${role}`);
      await insert(db, 'claimed');
    });
    const { rows } = await db.query(
      `SELECT actor, login_role = session_user AS is_login, set_role FROM audit.log ORDER BY id DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ actor: 'admin', is_login: true, set_role: role }]);
    await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('refuses inside a transaction that has done something, and does not end it', async () => {
    await db.query('BEGIN');
    await insert(db, 'outer');
    await expect(withActor(db, 'staff:1', () => insert(db, 'inner'))).rejects.toMatchObject({
      code: '25001',
    });
    await db.query('COMMIT');
    expect(await actorsOf('outer')).toEqual([]);
    expect(await actorsOf('inner')).toEqual([]);
  });

  test('refuses a pool', async () => {
    const pool = new pg.Pool({ connectionString: database.url });
    await expect(withActor(pool, 'staff:1', async () => {})).rejects.toMatchObject({
      code: 'TOTHUB_SECURITY_SESSION_REQUIRED',
    });
    await pool.end();
  });

  test.skipIf(pgbouncerBinary() === undefined)(
    'names its own actor alone where PgBouncer lends one session to many clients',
    async () => {
      await using pooler = await startPgbouncer({
        url: database.url,
        settings: { default_pool_size: 1 },
      });
      const clients = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const client = new pg.Client(pooler.url);
          await client.connect();
          return client;
        }),
      );
      await Promise.all(
        clients.map(async (client, index) => {
          for (let turn = 0; turn < 5; turn++) {
            await withActor(client, `staff:${index}`, () => insert(client, `pooled ${index}`));
            await insert(client, `pooled ${index}`);
          }
        }),
      );
      await Promise.all(clients.map((client) => client.end()));
      for (let index = 0; index < 4; index++) {
        expect(await actorsOf(`pooled ${index}`)).toEqual(
          Array.from({ length: 10 }, (_, turn) => (turn % 2 === 0 ? `staff:${index}` : null)),
        );
      }
    },
  );
});
