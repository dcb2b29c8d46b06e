import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { ForeignKeyViolationError, InvalidInputError, ValueRejectedError } from '../../errors.ts';
import { listActivity, purgeActivity, trackActivity } from './session-activity.ts';
import { createSession } from './sessions.ts';

let opened: OpenDatabase;
const sessionId = 'tracked';
beforeAll(async () => {
  opened = await openMigrated();
  await createSession(opened.db, {
    id: sessionId,
    userId: '1',
    username: 'director',
    role: 'director',
  });
});
afterAll(() => opened?.close());

const details = {
  method: 'POST' as const,
  status: 201,
  durationMs: 12,
  bodyKeys: ['firstName', 'parent.phone'],
  queryKeys: ['page'],
};
const request = { sessionId, action: 'POST', path: '/api/children' };

test('refuses a body in any disguise', async () => {
  const disguises: unknown[] = [
    { body: { firstName: 'Ada' } },
    { ...details, firstName: 'Ada' },
    { bodyKeys: ['Ada Moss'] },
    { bodyKeys: ['2019-05-01'] },
    { bodyKeys: ['ada@example.org'] },
    { bodyKeys: [{ firstName: 'Ada' }] },
    { method: 'Ada' },
    { status: 5_551_234 },
    '{"firstName":"Ada"}',
  ];
  for (const disguise of disguises) {
    await expect(
      trackActivity(opened.db, { ...request, details: disguise as never }),
    ).rejects.toThrow(InvalidInputError);
  }
  expect(
    await opened.rows('SELECT FROM session_activity WHERE session_id = $1', [sessionId]),
  ).toEqual([]);
});

test('keeps names only, and they read the same with the trigger of the table on', async () => {
  const path = '/api/children?email=ada%40example.org#top\nmore';
  const off = await trackActivity(opened.db, { ...request, path, details });
  await opened.rows('ALTER TABLE session_activity ENABLE TRIGGER session_activity_keep_bodies_out');
  const on = await trackActivity(opened.db, { ...request, path, details });
  await opened.rows(
    'ALTER TABLE session_activity DISABLE TRIGGER session_activity_keep_bodies_out',
  );
  expect(on.path).toBe('/api/children');
  expect(JSON.parse(on.details ?? '')).toEqual({ ...details, reduced: true });
  expect(on.details).toBe(off.details);
});

test('lists old rows without the bodies that they hold', async () => {
  const [{ id } = {}] = await opened.rows(
    `SELECT session_id AS id FROM session_activity WHERE details LIKE '%dateOfBirth%' LIMIT 1`,
  );
  const { items } = await listActivity(opened.db, { sessionId: id as string, limit: 100 });
  const text = items.map((item) => item.details).join('\n');
  expect(text).toContain('dateOfBirth');
  expect(text).not.toMatch(/\d{4}-\d\d-\d\d|@|\+1/);
});

test('refuses a request of no login', async () => {
  await expect(trackActivity(opened.db, { ...request, sessionId: 'none' })).rejects.toThrow(
    ForeignKeyViolationError,
  );
});

test('purges in batches what lies before a point in time, and nothing after it', async () => {
  await opened.rows(
    `INSERT INTO session_activity (session_id, action, timestamp)
     SELECT $1, 'old', timestamp '2001-01-01' + n * interval '1 second' FROM generate_series(0, 24) AS n`,
    [sessionId],
  );
  const before = new Date('2001-01-01T00:00:20Z');
  const shares = await Promise.all([
    purgeActivity(opened.db, { before, batchSize: 7 }),
    purgeActivity(opened.db, { before, batchSize: 3 }),
  ]);
  expect(shares[0] + shares[1]).toBe(20);
  const left = await opened.rows(`SELECT timestamp FROM session_activity WHERE action = 'old'`);
  expect(left).toHaveLength(5);
});

test('never purges the last day', async () => {
  await expect(purgeActivity(opened.db, { before: new Date() })).rejects.toThrow(
    ValueRejectedError,
  );
});
