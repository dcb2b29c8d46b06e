import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrated, type OpenDatabase } from './support/database.ts';
import { insert } from './support/rows.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await migrated();
  const { client } = database;
  const login = async (id: string, hoursAgo: number) => {
    await insert(client, 'sessions', { id, user_id: '1', username: 'u', role: 'director' });
    await client.query(
      `UPDATE public.sessions SET last_activity = (now() AT TIME ZONE 'UTC') - $2 * interval '1 hour'
       WHERE id = $1`,
      [id, hoursAgo],
    );
  };
  await login('idle', 48);
  await login('idle with a cookie', 48);
  await login('idle with an old cookie', 48);
  await login('busy', 1);
  const cookie = (sid: string, sess: unknown, expires: string) =>
    client.query(
      `INSERT INTO public.user_sessions VALUES ($1, $2, (now() AT TIME ZONE 'UTC') + $3::interval)`,
      [sid, JSON.stringify(sess), expires],
    );
  await cookie('a', { sessionId: 'idle with a cookie' }, '1 hour');
  await cookie('b', { sessionId: 'idle with an old cookie' }, '-1 hour');
  await cookie('c', ['not an object'], '1 hour');
  await cookie('d', 'not one either', '1 hour');
});
afterAll(() => database[Symbol.asyncDispose]());

it('closes what is idle and has no good cookie, whatever the time zone of the connection, and keeps the old values', async () => {
  const { client } = database;
  await client.query(`SET TIME ZONE 'Pacific/Auckland'; SET datestyle = 'German'`);
  const { rows } = await client.query(
    `SELECT public.close_stale_sessions('24 hours', 'test') AS closed`,
  );
  expect(rows).toEqual([{ closed: 2 }]);
  await client.query('RESET ALL');
  const { rows: open } = await client.query(
    'SELECT id FROM public.sessions WHERE is_active ORDER BY id',
  );
  expect(open).toEqual([{ id: 'busy' }, { id: 'idle with a cookie' }]);
  const { rows: closed } = await client.query(
    `SELECT end_reason, end_time = last_activity AS honest FROM public.sessions WHERE id = 'idle'`,
  );
  expect(closed).toEqual([{ end_reason: 'expired', honest: true }]);
  const { rows: kept } = await client.query(
    `SELECT column_name, old_value FROM public.data_quarantine
     WHERE row_key = '{"id": "idle"}' AND source = 'test' ORDER BY column_name`,
  );
  expect(kept).toEqual([
    { column_name: 'end_reason', old_value: null },
    { column_name: 'end_time', old_value: null },
    { column_name: 'is_active', old_value: 'true' },
  ]);
  const { rows: again } = await client.query(
    `SELECT public.close_stale_sessions('24 hours') AS closed`,
  );
  expect(again).toEqual([{ closed: 0 }]);
});

it('refuses to close logins or to purge a log that are still fresh', async () => {
  const { client } = database;
  await expect(client.query(`SELECT public.close_stale_sessions('5 minutes')`)).rejects.toThrow(
    'not stale',
  );
  await expect(client.query(`SELECT public.purge_session_activity('1 hour')`)).rejects.toThrow(
    'kept',
  );
  await expect(client.query(`SELECT public.purge_session_activity(NULL)`)).rejects.toThrow('kept');
});

it('purges the request log in batches, oldest first', async () => {
  const { client } = database;
  await client.query(`
    INSERT INTO public.session_activity (id, session_id, action, timestamp)
    SELECT 'entry ' || days, 'busy', 'GET', (now() AT TIME ZONE 'UTC') - days * interval '1 day'
    FROM generate_series(1, 5) AS days`);
  const purge = `SELECT public.purge_session_activity('60 hours', 2) AS purged`;
  expect((await client.query(purge)).rows).toEqual([{ purged: 2 }]);
  expect((await client.query('SELECT id FROM public.session_activity ORDER BY id')).rows).toEqual([
    { id: 'entry 1' },
    { id: 'entry 2' },
    { id: 'entry 3' },
  ]);
  expect((await client.query(purge)).rows).toEqual([{ purged: 1 }]);
  expect((await client.query(purge)).rows).toEqual([{ purged: 0 }]);
});

it('shows each login with its cookie and its latest request, and never the id of the cookie', async () => {
  const { rows, fields } = await database.client.query(
    `SELECT *, cookie_expires_at IS NOT NULL AS has_cookie FROM public.session_overview ORDER BY id`,
  );
  expect(fields.map((field) => field.name)).not.toContain('sid');
  expect(rows.map(({ id, is_active, has_cookie }) => [id, is_active, has_cookie])).toEqual([
    ['busy', true, false],
    ['idle', false, false],
    ['idle with a cookie', true, true],
    ['idle with an old cookie', false, false],
  ]);
  expect(rows[0].last_request_at).toBeInstanceOf(Date);
});
