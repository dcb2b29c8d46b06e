import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import {
  AlreadyClockedInError,
  ForeignKeyViolationError,
  InvalidInputError,
} from '../../errors.ts';
import { createStaff } from '../staff/staff.ts';
import { updateStaffPayroll } from '../staff/staff-payroll.ts';
import { clockIn, clockOut, openEntry } from './clock.ts';
import { NotClockedInError } from './errors.ts';
import { approveTimesheets, listTimesheets } from './timesheets.ts';

let on: OpenDatabase;

beforeAll(async () => {
  on = await openMigrated();
});
afterAll(() => on?.close());

const at = (time: string): Date => new Date(`${time}Z`);

async function newStaff(): Promise<string> {
  const staff = { firstName: 'Ada', lastName: 'Moss', position: 'Teacher' };
  const { id } = await createStaff(on.db, staff);
  await updateStaffPayroll(on.db, { id, patch: { hourlyRate: 2000 } });
  return id;
}

async function worked(staffId: string, day: string): Promise<string> {
  await clockIn(on.db, { staffId, at: at(`${day}T08:00`) });
  const { id } = await clockOut(on.db, { staffId, at: at(`${day}T16:00`) });
  return id;
}

/** Runs `call` while another transaction has done `text` and not committed yet: it waits, then sees what came of it. */
async function beside<T>(text: string, values: unknown[], call: () => Promise<T>): Promise<T> {
  await on.rows('BEGIN');
  await on.rows(text, values);
  const answer = call();
  answer.catch(() => {}); // It may reject before it is returned.
  // Commits only when the call is waiting for the lock of the other.
  let waiting = 0;
  while (waiting === 0) {
    const [row] = await on.rows(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    waiting = Number(row?.waiting);
    await setTimeout(5);
  }
  await on.rows('COMMIT');
  return answer;
}

describe('clockIn and clockOut', () => {
  test('keep the rate of the day and the whole hours worked, less the break', async () => {
    const staffId = await newStaff();
    const entry = await clockIn(on.db, { staffId, at: at('2030-01-07T08:00') });
    expect(entry).toMatchObject({
      staffId,
      date: '2030-01-07',
      hourlyRate: 2000,
      isApproved: false,
    });
    expect(await openEntry(on.db, { staffId, day: '2030-01-07' })).toEqual(entry);
    await updateStaffPayroll(on.db, { id: staffId, patch: { hourlyRate: 2500 } });
    const closed = await clockOut(on.db, { staffId, at: at('2030-01-07T16:10'), breakMinutes: 30 });
    expect(closed).toMatchObject({
      id: entry.id,
      totalHours: 8,
      breakMinutes: 30,
      hourlyRate: 2000,
      clockOutTime: at('2030-01-07T16:10'),
    });
    expect(await openEntry(on.db, { staffId, day: '2030-01-07' })).toBeNull();
  });

  test('let one of several at once through', async () => {
    const staffId = await newStaff();
    const inputs = [1, 2, 3].map(() => clockIn(on.db, { staffId, at: at('2030-01-08T08:00') }));
    const ins = await Promise.allSettled(inputs);
    expect(ins.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []))).toEqual([
      expect.any(AlreadyClockedInError),
      expect.any(AlreadyClockedInError),
    ]);
    const outs = await Promise.allSettled(
      [1, 2, 3].map(() => clockOut(on.db, { staffId, at: at('2030-01-08T16:00') })),
    );
    expect(outs.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []))).toEqual([
      expect.any(NotClockedInError),
      expect.any(NotClockedInError),
    ]);
  });

  test('keep the time of a clock-out that came in first', async () => {
    const staffId = await newStaff();
    const { id } = await clockIn(on.db, { staffId, at: at('2030-01-14T08:00') });
    const late = beside(
      `UPDATE timesheet_entries SET clock_out_time = '2030-01-14 15:00' WHERE id = $1`,
      [id],
      () => clockOut(on.db, { staffId, at: at('2030-01-14T16:00') }),
    );
    await expect(late).rejects.toThrow(NotClockedInError);
    const range = { staffId, from: '2030-01-14', to: '2030-01-15' };
    expect(await listTimesheets(on.db, range)).toMatchObject([
      { clockOutTime: at('2030-01-14T15:00') },
    ]);
  });

  test('span midnight, and leave an entry alone that was forgotten for a day', async () => {
    const staffId = await newStaff();
    await clockIn(on.db, { staffId, at: at('2030-01-09T08:00') });
    await expect(clockOut(on.db, { staffId, at: at('2030-01-10T08:00') })).rejects.toThrow(
      NotClockedInError,
    );
    const night = await clockIn(on.db, { staffId, at: at('2030-01-10T20:00') });
    expect(await clockOut(on.db, { staffId, at: at('2030-01-11T02:00') })).toMatchObject({
      id: night.id,
      date: '2030-01-10',
      totalHours: 6,
    });
    expect(await openEntry(on.db, { staffId, day: '2030-01-09' })).not.toBeNull();
  });

  test('refuse to clock out before clocking in, and a person that does not exist', async () => {
    const staffId = await newStaff();
    await clockIn(on.db, { staffId, at: at('2030-01-12T08:00') });
    await expect(clockOut(on.db, { staffId, at: at('2030-01-12T07:59') })).rejects.toThrow(
      NotClockedInError,
    );
    await expect(clockIn(on.db, { staffId: "'--", at: at('2030-01-12T08:00') })).rejects.toThrow(
      ForeignKeyViolationError,
    );
  });
});

describe('approveTimesheets', () => {
  const now = at('2030-03-01T10:00');

  test('approves all of them and says of each what became of it, in order', async () => {
    const staffId = await newStaff();
    const one = await worked(staffId, '2030-02-04');
    const two = await worked(staffId, '2030-02-05');
    const { id: open } = await clockIn(on.db, { staffId, at: at('2030-02-06T08:00') });
    await approveTimesheets(on.db, { ids: [two], by: 'director-1', at: at('2030-02-28T09:00') });
    expect(
      await approveTimesheets(on.db, {
        ids: [open, two, 'missing', one, one],
        by: 'director-2',
        at: now,
      }),
    ).toEqual([
      { id: open, outcome: 'open' },
      { id: two, outcome: 'already' },
      { id: 'missing', outcome: 'missing' },
      { id: one, outcome: 'approved' },
    ]);
    const entries = await listTimesheets(on.db, { staffId, from: '2030-02-01', to: '2030-03-01' });
    expect(
      entries.map(({ isApproved, approvedBy, approvedAt }) => [isApproved, approvedBy, approvedAt]),
    ).toEqual([
      [true, 'director-2', now],
      [true, 'director-1', at('2030-02-28T09:00')],
      [false, null, null],
    ]);
  });

  test('counts an entry as approved once, when several approve the same ones at once', async () => {
    const staffId = await newStaff();
    const ids = [await worked(staffId, '2030-02-11'), await worked(staffId, '2030-02-12')];
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((by, turn) =>
        approveTimesheets(on.db, { ids: turn === 1 ? ids.toReversed() : ids, by, at: now }),
      ),
    );
    const outcomes = answers.flat().map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual([...Array(4).fill('already'), 'approved', 'approved']);
  });

  test('says that an entry was approved already, by somebody who was a moment earlier', async () => {
    const staffId = await newStaff();
    const id = await worked(staffId, '2030-02-18');
    const outcome = await beside(
      `UPDATE timesheet_entries SET is_approved = true, approved_by = 'first' WHERE id = $1`,
      [id],
      () => approveTimesheets(on.db, { ids: [id], by: 'second', at: now }),
    );
    expect(outcome).toEqual([{ id, outcome: 'already' }]);
    const range = { staffId, from: '2030-02-18', to: '2030-02-19' };
    expect(await listTimesheets(on.db, range)).toMatchObject([{ approvedBy: 'first' }]);
  });

  test('refuses an empty list', async () => {
    await expect(approveTimesheets(on.db, { ids: [], by: 'a', at: now })).rejects.toThrow(
      InvalidInputError,
    );
  });
});

describe('listTimesheets', () => {
  test('takes the first day of a range and not the last, and filters by approval', async () => {
    const staffId = await newStaff();
    const [one, two, three] = [
      await worked(staffId, '2030-04-01'),
      await worked(staffId, '2030-04-02'),
      await worked(staffId, '2030-04-03'),
    ];
    await on.rows('UPDATE timesheet_entries SET is_approved = NULL WHERE id = $1', [one]);
    await approveTimesheets(on.db, { ids: [two], by: 'admin', at: at('2030-04-30T10:00') });
    const range = { staffId, from: '2030-04-01', to: '2030-04-03' };
    const ids = async (approved?: boolean) =>
      (await listTimesheets(on.db, { ...range, approved })).map(({ id }) => id);
    expect(await ids()).toEqual([one, two]);
    expect(await ids(true)).toEqual([two]);
    expect(await ids(false)).toEqual([one]);
    expect(
      await listTimesheets(on.db, { ...range, from: '2030-04-03', to: '2030-04-04' }),
    ).toMatchObject([{ id: three }]);
  });
});
