import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { InvalidInputError, UniqueViolationError } from '../../errors.ts';
import { endStaleSessions } from './end-stale-sessions.ts';
import { listActiveSessions, listSessionsOfUser } from './list-sessions.ts';
import { createSession, endSession, getActiveSession, touchSession } from './sessions.ts';

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openMigrated();
});
afterAll(() => opened?.close());

async function login(userId = 'u1'): Promise<string> {
  const id = randomUUID();
  await createSession(opened.db, { id, userId, username: 'someone', role: 'staff' });
  return id;
}
const age = (id: string, by: string) =>
  opened.rows(
    `UPDATE sessions SET last_activity = (now() AT TIME ZONE 'UTC') - $2::interval WHERE id = $1`,
    [id, by],
  );

test('finds a login until it ends; whoever ends it first gives the reason', async () => {
  const id = await login();
  expect(await getActiveSession(opened.db, { id })).toMatchObject({ id, endReason: null });
  expect(await touchSession(opened.db, { id })).toBe(1);
  const outcomes = await Promise.all([
    endSession(opened.db, { id, reason: 'logout' }),
    endSession(opened.db, { id, reason: 'forced' }),
  ]);
  const ended = outcomes.filter((one) => one !== null);
  expect(ended).toHaveLength(1);
  expect(ended[0]?.endTime).toBeInstanceOf(Date);
  const [stored] = await opened.rows('SELECT end_reason, is_active FROM sessions WHERE id = $1', [
    id,
  ]);
  expect(stored).toEqual({ end_reason: ended[0]?.endReason, is_active: false });
  expect(await getActiveSession(opened.db, { id })).toBeNull();
  expect(await touchSession(opened.db, { id })).toBe(0);
});

test('refuses an id that is in use and a role nobody has', async () => {
  const id = await login();
  const again = { id, userId: 'u', username: 'x', role: 'staff' as const };
  await expect(createSession(opened.db, again)).rejects.toThrow(UniqueViolationError);
  await expect(createSession(opened.db, { ...again, role: 'root' as never })).rejects.toThrow(
    InvalidInputError,
  );
});

test('lists the logins of one user over pages, newest first', async () => {
  for (let count = 0; count < 5; count++) await login('pages');
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listSessionsOfUser>> = await listSessionsOfUser(
      opened.db,
      { userId: 'pages', limit: 2, cursor },
    );
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  const stored = await opened.rows(
    `SELECT id FROM sessions WHERE user_id = 'pages' ORDER BY login_time DESC, id DESC`,
  );
  expect(seen).toEqual(stored.map(({ id }) => id));
});

test('lists who gave a sign of life within the last minutes', async () => {
  const [here, gone] = [await login('here'), await login('gone')];
  await age(gone, '31 minutes');
  const users = (await listActiveSessions(opened.db, { sinceMinutes: 30 })).map(({ id }) => id);
  expect(users).toContain(here);
  expect(users).not.toContain(gone);
});

test('closes stale logins at their last sign of life, but none with a good cookie, and once only', async () => {
  const [stale, fresh, cookie] = [await login(), await login(), await login()];
  await age(stale, '25 hours');
  await age(fresh, '23 hours');
  await age(cookie, '25 hours');
  await opened.rows(
    `INSERT INTO user_sessions (sid, sess, expire)
     VALUES ('cookie', json_build_object('sessionId', $1::text), now() AT TIME ZONE 'UTC' + interval '1 day')`,
    [cookie],
  );
  const ended = await Promise.all([
    endStaleSessions(opened.db, { olderThanHours: 24 }),
    endStaleSessions(opened.db, { olderThanHours: 24 }),
  ]);
  expect(ended.map((one) => one.ended).sort()).toEqual([0, 1]);
  const [row] = await opened.rows(
    'SELECT is_active, end_reason, end_time = last_activity AS "atLast" FROM sessions WHERE id = $1',
    [stale],
  );
  expect(row).toEqual({ is_active: false, end_reason: 'expired', atLast: true });
  expect(await getActiveSession(opened.db, { id: fresh })).not.toBeNull();
  expect(await getActiveSession(opened.db, { id: cookie })).not.toBeNull();
});

test('refuses to close what is younger than an hour', async () => {
  await expect(endStaleSessions(opened.db, { olderThanHours: 0 })).rejects.toThrow(
    InvalidInputError,
  );
  await expect(endStaleSessions(opened.db, { olderThanHours: 1 })).resolves.toBeDefined();
});
