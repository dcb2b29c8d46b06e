import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../test/open-database.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { createAlert, deleteAlert, listAlerts, listUnreadAlerts, markAlertRead } from './alerts.ts';

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openMigrated();
});
afterAll(() => opened?.close());

test('raises an alert that is unread, dated in UTC whatever the time zone of the database', async () => {
  const [{ name } = {}] = await opened.rows('SELECT current_database() AS name');
  await opened.rows(`ALTER DATABASE "${name}" SET timezone = 'Asia/Tokyo'`);
  const { createdAt, isRead, room } = await createAlert(opened.db, {
    type: 'ratio_violation',
    message: 'One more needed',
    severity: 'high',
  });
  expect(Math.abs((createdAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  expect({ isRead, room }).toEqual({ isRead: false, room: null });
});

test('reads the HIGH of old rows and writes none', async () => {
  const { items } = await listAlerts(opened.db, { limit: 100 });
  expect(items.map(({ severity }) => severity)).toContain('HIGH');
  const loud = { type: 't', message: 'm', severity: 'HIGH' as never };
  await expect(createAlert(opened.db, loud)).rejects.toThrow(InvalidInputError);
});

test('lists every alert once over the pages', async () => {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listAlerts>> = await listAlerts(opened.db, {
      limit: 6,
      cursor,
    });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  const stored = await opened.rows('SELECT id FROM alerts ORDER BY created_at DESC, id DESC');
  expect(ids).toEqual(stored.map(({ id }) => id));
});

test('takes an alert off the unread ones when it is read, and twice is once', async () => {
  const [newest] = await listUnreadAlerts(opened.db, { limit: 1 });
  const id = newest?.id ?? '';
  await markAlertRead(opened.db, { id });
  expect((await markAlertRead(opened.db, { id })).isRead).toBe(true);
  const unread = await listUnreadAlerts(opened.db, { limit: 100 });
  expect(unread.map((alert) => alert.id)).not.toContain(id);
  expect(unread.every(({ isRead }) => isRead === false)).toBe(true);
  await expect(markAlertRead(opened.db, { id: 'none' })).rejects.toThrow(NotFoundError);
});

test('deletes an alert once', async () => {
  const [newest] = await listUnreadAlerts(opened.db, {});
  const id = newest?.id ?? '';
  expect(await deleteAlert(opened.db, { id })).toBe(1);
  expect(await deleteAlert(opened.db, { id })).toBe(0);
});
