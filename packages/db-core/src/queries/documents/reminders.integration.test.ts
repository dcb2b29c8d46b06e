import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import {
  acknowledgeDocumentReminder,
  listPendingDocumentReminders,
  markDocumentReminderSent,
} from './reminders.ts';
import { documentStats } from './stats.ts';

let opened: OpenDatabase;
let documentId: string;
beforeAll(async () => {
  opened = await openMigrated();
  documentId = (await opened.rows('SELECT id FROM documents ORDER BY id LIMIT 1'))[0]?.id as string;
});
afterAll(() => opened?.close());

const remind = async (date: string, message = date): Promise<string> => {
  const rows = await opened.rows(
    `INSERT INTO document_reminders (document_id, reminder_type, reminder_date, message)
     VALUES ($1, 'expiration_warning', $2, $3) RETURNING id`,
    [documentId, date, message],
  );
  return rows[0]?.id as string;
};
const pending = async (day: string) =>
  (await listPendingDocumentReminders(opened.db, { day })).map(({ message }) => message);

test('lists what is due until the end of the day and not sent, oldest first', async () => {
  await remind('2031-01-02 00:00:00', 'tomorrow');
  await remind('2031-01-01 23:59:59.999999', 'today');
  await remind('2030-12-01', 'late');
  expect(await pending('2031-01-01')).toEqual(['late', 'today']);
  const [first] = await listPendingDocumentReminders(opened.db, { day: '2031-01-01', limit: 1 });
  expect(first?.documentTitle).toBeTruthy();
});

test('gives a reminder to one of two who send at once, and notes it at the document', async () => {
  const id = await remind('2029-01-01');
  const outcomes = await Promise.all([
    markDocumentReminderSent(opened.db, { id }),
    markDocumentReminderSent(opened.db, { id }),
  ]);
  const [sent, ...others] = outcomes.filter((one) => one !== null);
  expect(others).toEqual([]);
  expect(sent?.sentAt).toBeInstanceOf(Date);
  expect(await pending('2029-01-01')).toEqual([]);
  const [document] = await opened.rows(
    `SELECT document.last_reminder_sent = reminder.sent_at AS noted
     FROM documents AS document JOIN document_reminders AS reminder ON reminder.document_id = document.id
     WHERE reminder.id = $1`,
    [id],
  );
  expect(document).toEqual({ noted: true });
  expect(await markDocumentReminderSent(opened.db, { id: 'none' })).toBeNull();
});

test('keeps who acknowledged a reminder first', async () => {
  const id = await remind('2028-01-01');
  const first = await acknowledgeDocumentReminder(opened.db, { id, acknowledgedBy: 'stranger' });
  expect(first?.acknowledgedBy).toBe('stranger');
  expect(await acknowledgeDocumentReminder(opened.db, { id, acknowledgedBy: '2' })).toBeNull();
});

test('counts the documents by what has to be done', async () => {
  await opened.rows(
    `UPDATE documents SET expiration_date = '2035-06-10', status = 'pending_renewal' WHERE id = $1`,
    [documentId],
  );
  const [{ days } = {}] = await opened.rows(
    `SELECT kind.alert_days_before AS days FROM document_types AS kind
     JOIN documents AS document ON document.document_type_id = kind.id WHERE document.id = $1`,
    [documentId],
  );
  expect(days).toBe(30);
  await remind('2035-06-10');
  const stats = (on: string) => documentStats(opened.db, { on });
  expect(await stats('2035-05-11')).toMatchObject({ total: 3, expired: 2, expiringSoon: 0 });
  expect(await stats('2035-05-12')).toMatchObject({ expiringSoon: 1, pendingRenewal: 1 });
  expect(await stats('2035-06-10')).toMatchObject({ expired: 2, expiringSoon: 1, suspended: 0 });
  expect(await stats('2035-06-11')).toMatchObject({ expired: 3, expiringSoon: 0 });
  const [before, after] = [await stats('2035-06-09'), await stats('2035-06-10')];
  expect(after.unsentReminders).toBe(before.unsentReminders + 1);
});
