import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { childDay } from './child-day.ts';
import { getDailyReport, setReportEmailStatus } from './daily-reports.ts';
import { addTeacherNote, listTeacherNotes } from './teacher-notes.ts';
import { upsertDailyReport } from './upsert-daily-report.ts';

let opened: OpenDatabase;
let childId: string;
let staffId: string;

beforeAll(async () => {
  opened = await openMigrated();
  childId = (await opened.rows('SELECT id FROM children ORDER BY id LIMIT 1'))[0]?.id as string;
  staffId = (await opened.rows('SELECT id FROM staff ORDER BY id LIMIT 1'))[0]?.id as string;
});
afterAll(() => opened?.close());

test('writes a report once and changes only what is given after that; null clears', async () => {
  const day = '2031-01-10';
  const made = await upsertDailyReport(opened.db, {
    childId,
    day,
    attendanceStatus: 'present',
    meals: ['porridge', `O'Brien's "stew", {hot}`],
    napNotes: 'an hour',
    behaviorNotes: 'calm',
  });
  expect(made.date).toEqual(new Date('2031-01-10T00:00:00Z'));
  const changed = await upsertDailyReport(opened.db, {
    childId,
    day,
    attendanceStatus: 'late',
    napNotes: null,
  });
  expect(changed).toEqual({ ...made, attendanceStatus: 'late', napNotes: null });
  expect(await getDailyReport(opened.db, { childId, day })).toEqual(changed);
});

test('leaves one report when two write at once', async () => {
  const day = '2031-01-11';
  const write = (napNotes: string) =>
    upsertDailyReport(opened.db, { childId, day, attendanceStatus: 'present', napNotes });
  const written = await Promise.all(['a', 'b', 'c', 'd'].map(write));
  expect(new Set(written.map(({ id }) => id)).size).toBe(1);
});

test('takes a report for a day from midnight to before the next midnight', async () => {
  await opened.rows(
    `INSERT INTO daily_reports (child_id, date, attendance_status) VALUES
       ($1, '2031-02-01 23:59:59.999999', 'late'), ($1, '2031-02-03 00:00:00', 'present')`,
    [childId],
  );
  const on = (day: string) => getDailyReport(opened.db, { childId, day });
  expect((await on('2031-02-01'))?.attendanceStatus).toBe('late');
  expect(await on('2031-02-02')).toBeNull();
  expect((await on('2031-02-03'))?.attendanceStatus).toBe('present');
  await expect(on('2031-02-30')).rejects.toThrow(InvalidInputError);
});

test('never finds or changes a report that a newer one has superseded', async () => {
  await opened.rows(
    `INSERT INTO daily_reports (child_id, date, attendance_status, is_superseded)
     VALUES ($1, '2031-02-05 08:00', 'absent', true)`,
    [childId],
  );
  const of = { childId, day: '2031-02-05' };
  expect(await getDailyReport(opened.db, of)).toBeNull();
  expect((await childDay(opened.db, of))?.report).toBeNull();
  await upsertDailyReport(opened.db, { ...of, attendanceStatus: 'present' });
  const stored = await opened.rows(
    `SELECT attendance_status FROM daily_reports WHERE child_id = $1 AND date >= '2031-02-05' AND date < '2031-02-06'
     ORDER BY is_superseded`,
    [childId],
  );
  expect(stored.map((row) => row.attendance_status)).toEqual(['present', 'absent']);
});

test('follows an e-mail; what was sent once stays sent, and the message id is kept', async () => {
  const { id, emailStatus } = await upsertDailyReport(opened.db, {
    childId,
    day: '2031-02-06',
    attendanceStatus: 'present',
  });
  expect(emailStatus).toBe('pending');
  await setReportEmailStatus(opened.db, { id, status: 'sent', messageId: 'm-1' });
  expect(await setReportEmailStatus(opened.db, { id, status: 'failed' })).toMatchObject({
    emailStatus: 'failed',
    emailMessageId: 'm-1',
    sentToParent: true,
  });
  const nobody = { id: 'none', status: 'sent' };
  await expect(setReportEmailStatus(opened.db, nobody)).rejects.toThrow(NotFoundError);
});

test('tells a day with its stays, notes and report, as true instants, and an empty day as empty', async () => {
  const day = '2031-03-01';
  await opened.rows(
    `INSERT INTO attendance (child_id, check_in_time, check_out_time, checked_in_by, room, date) VALUES
       ($1, '2031-03-01 08:30:15.25', NULL, 'Grace', 'Acorns', '2031-03-01 08:30'),
       ($1, '2031-02-28 08:00', '2031-02-28 16:00', 'Grace', 'Acorns', '2031-02-28 23:59:59'),
       ($1, '2031-03-02 08:00', '2031-03-02 16:00', 'Grace', 'Acorns', '2031-03-02 00:00:00')`,
    [childId],
  );
  const note = `She said "hi" \\ \u{1F98A}\n`;
  await addTeacherNote(opened.db, { childId, staffId, day, note, category: 'general' });
  await addTeacherNote(opened.db, { childId, staffId, day: '2031-03-02', note: 'next day' });
  await upsertDailyReport(opened.db, { childId, day, attendanceStatus: 'present', meals: ['a'] });

  const told = await childDay(opened.db, { childId, day });
  expect(told?.stays).toMatchObject([
    { checkInTime: new Date('2031-03-01T08:30:15.250Z'), checkOutTime: null, room: 'Acorns' },
  ]);
  expect(told?.notes).toMatchObject([{ note, category: 'general', staffId }]);
  expect(told?.notes[0]?.createdAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(told?.report).toMatchObject({ attendanceStatus: 'present', meals: ['a'] });

  const listed = await listTeacherNotes(opened.db, { childId, day });
  expect(listed.map((one) => one.note)).toEqual([note]);
  expect(listed[0]?.staffFirstName).toBeTruthy();

  expect(await childDay(opened.db, { childId, day: '2031-12-31' })).toMatchObject({
    stays: [],
    notes: [],
    report: null,
  });
  expect(await childDay(opened.db, { childId: 'nobody', day })).toBeNull();
});
