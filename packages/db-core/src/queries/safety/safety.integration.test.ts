import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { InvalidInputError, NotFoundError, NotNullViolationError } from '../../errors.ts';
import { ChangedMeanwhileError } from '../changed-meanwhile-error.ts';
import { completeSafetyReminder, safetyReminderHistory } from './completions.ts';
import { getSafetyReminder, listSafetyReminders } from './reminders.ts';
import {
  createSafetyReminder,
  deactivateSafetyReminder,
  pauseSafetyReminder,
  updateSafetyReminder,
} from './write-reminders.ts';

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openMigrated();
});
afterAll(() => opened?.close());

const due = new Date('2030-01-31T00:00:00Z');
const drill = {
  title: 'Fire drill',
  category: 'drills',
  frequency: 'monthly',
  nextDueDate: due,
  createdBy: 'admin',
} as const;
const make = async (changes: Partial<Parameters<typeof createSafetyReminder>[1]> = {}) =>
  (await createSafetyReminder(opened.db, { ...drill, ...changes })).id;
const completed = { completedBy: 'somebody', completedAt: new Date('2030-01-31T15:30:00Z') };

test.for([
  ['daily', null, '2030-02-01'],
  ['weekly', null, '2030-02-07'],
  ['monthly', null, '2030-02-28'],
  ['quarterly', null, '2030-04-30'],
  ['yearly', null, '2031-01-31'],
  ['custom', 45, '2030-03-17'],
] as const)('moves a %s duty on from the day it was done', async ([frequency, days, next]) => {
  const id = await make({ frequency, customInterval: days });
  const done = await completeSafetyReminder(opened.db, { id, ...completed, notes: '90 s' });
  expect(done).toMatchObject({
    completedAt: completed.completedAt,
    nextScheduledDate: new Date(`${next}T00:00:00Z`),
  });
  expect(await getSafetyReminder(opened.db, { id })).toMatchObject({
    nextDueDate: done.nextScheduledDate,
    lastCompletedDate: completed.completedAt,
    completionNotes: '90 s',
  });
});

test('takes the next date that is given', async () => {
  const id = await make();
  const nextDueDate = new Date('2030-05-05T00:00:00Z');
  await completeSafetyReminder(opened.db, { id, ...completed, nextDueDate });
  expect((await getSafetyReminder(opened.db, { id }))?.nextDueDate).toEqual(nextDueDate);
});

test('lets one of two who tick off the same date win, and tells the other', async () => {
  const id = await make();
  const tick = () => completeSafetyReminder(opened.db, { id, ...completed, due });
  const outcomes = await Promise.allSettled([tick(), tick(), tick()]);
  const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(lost).toHaveLength(2);
  for (const error of lost) expect(error).toBeInstanceOf(ChangedMeanwhileError);
  expect((await safetyReminderHistory(opened.db, { reminderId: id })).items).toHaveLength(1);
});

test('writes a late entry into the history without turning the due date back', async () => {
  const id = await make();
  await completeSafetyReminder(opened.db, { id, ...completed });
  const completedAt = new Date('2029-06-01T08:00:00Z');
  await completeSafetyReminder(opened.db, { id, completedBy: '1', completedAt });
  expect(await getSafetyReminder(opened.db, { id })).toMatchObject({
    nextDueDate: new Date('2030-02-28T00:00:00Z'),
    lastCompletedDate: completed.completedAt,
  });
  const { items } = await safetyReminderHistory(opened.db, { reminderId: id });
  expect(items.map((one) => one.completedAt)).toEqual([completed.completedAt, completedAt]);
});

test('writes nothing for a duty whose next date nobody can know', async () => {
  const id = await make();
  await opened.rows(
    `UPDATE safety_reminders SET frequency = 'custom', custom_interval = NULL WHERE id = $1`,
    [id],
  );
  await expect(completeSafetyReminder(opened.db, { id, ...completed })).rejects.toThrow(
    NotNullViolationError,
  );
  expect((await safetyReminderHistory(opened.db, { reminderId: id })).items).toEqual([]);
});

test('refuses to complete what is out of force, and keeps its history', async () => {
  const id = await make();
  await completeSafetyReminder(opened.db, { id, ...completed, attachments: [`a "b".pdf`, ','] });
  await deactivateSafetyReminder(opened.db, { id });
  await expect(completeSafetyReminder(opened.db, { id, ...completed })).rejects.toThrow(
    NotFoundError,
  );
  const { items } = await safetyReminderHistory(opened.db, { reminderId: id });
  expect(items.map(({ attachments }) => attachments)).toEqual([[`a "b".pdf`, ',']]);
  const listed = await listSafetyReminders(opened.db, { limit: 100 });
  expect(listed.items.map((one) => one.id)).not.toContain(id);
});

test('lists by category, pause and a due date that is itself not in the range', async () => {
  const at = (instant: string) => make({ category: 'equipment', nextDueDate: new Date(instant) });
  const [before, on] = [await at('2026-01-31T23:59:59.999Z'), await at('2026-02-01T00:00:00Z')];
  const paused = await at('2026-01-15T00:00:00Z');
  await pauseSafetyReminder(opened.db, { id: paused });
  const list = async (filter: Parameters<typeof listSafetyReminders>[1]) =>
    (await listSafetyReminders(opened.db, { category: 'equipment', ...filter })).items.map(
      ({ id }) => id,
    );
  const dueBefore = new Date('2026-02-01T00:00:00Z');
  expect(await list({ dueBefore })).toEqual([paused, before]);
  expect(await list({ dueBefore, paused: false })).toEqual([before]);
  expect(await list({})).toEqual([paused, before, on]);
  await pauseSafetyReminder(opened.db, { id: paused, paused: false });
  expect(await list({ paused: true })).toEqual([]);
});

test('tells clearing from leaving in a patch, and refuses what is none of its business', async () => {
  const id = await make({ description: 'all out', assignedTo: 'someone' });
  const patched = await updateSafetyReminder(opened.db, { id, patch: { assignedTo: null } });
  expect(patched).toMatchObject({ assignedTo: null, description: 'all out', title: drill.title });
  for (const patch of [{}, { isActive: false }, { nextDueDate: null }, { frequency: 'hourly' }]) {
    await expect(updateSafetyReminder(opened.db, { id, patch: patch as never })).rejects.toThrow(
      InvalidInputError,
    );
  }
  await expect(make({ frequency: 'custom' })).rejects.toThrow(InvalidInputError);
});

test('takes the due date that the caller saw, though the database keeps microseconds', async () => {
  const id = await make();
  await opened.rows(
    `UPDATE safety_reminders SET next_due_date = '2030-01-01 12:00:00.123999' WHERE id = $1`,
    [id],
  );
  const seen = (await getSafetyReminder(opened.db, { id }))?.nextDueDate;
  const done = await completeSafetyReminder(opened.db, { id, ...completed, due: seen });
  expect(done.reminderId).toBe(id);
});
