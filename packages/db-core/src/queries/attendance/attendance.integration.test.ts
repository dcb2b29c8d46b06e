import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import {
  AlreadyCheckedInError,
  ForeignKeyViolationError,
  InvalidInputError,
  NotFoundError,
} from '../../errors.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { createChild } from '../children/write-children.ts';
import { markStaffEnd, markStaffPresent } from '../schedules/mark-staff.ts';
import { createStaffSchedule } from '../schedules/staff-schedules.ts';
import { createStaff } from '../staff/staff.ts';
import { attendanceTrend, roomOccupancy } from './attendance-figures.ts';
import { checkIn } from './check-in.ts';
import { checkOut, getAttendance } from './check-out.ts';
import { AlreadyCheckedOutError, CheckOutBeforeCheckInError } from './errors.ts';
import { listAttendance, listPresent } from './read-attendance.ts';

let on: OpenDatabase;

beforeAll(async () => {
  on = await openMigrated();
});
afterAll(() => on?.close());

async function newChild(firstName = 'Ada'): Promise<string> {
  const { id } = await createChild(on.db, {
    firstName,
    lastName: 'Moss',
    dateOfBirth: new Date('2022-03-01T00:00:00Z'),
    ageGroup: 'toddler',
    room: 'Acorns',
    parentName: 'Grace Moss',
    allergies: ['Peanuts'],
  });
  return id;
}

const at = (time: string): Date => new Date(`${time}Z`);
const by = 'Grace Moss';

describe('checkIn', () => {
  test('opens a stay of the day, with what is known of the arrival', async () => {
    const childId = await newChild();
    const stay = await checkIn(on.db, {
      childId,
      by: `O'Hara "the one"; --`,
      room: 'Acorns',
      at: at('2030-01-07T08:15:30.123'),
      mood: 4,
      notes: 'Slept well.',
      biometricMethod: 'manual',
    });
    expect(stay).toMatchObject({
      childId,
      checkInTime: at('2030-01-07T08:15:30.123'),
      checkOutTime: null,
      checkedInBy: `O'Hara "the one"; --`,
      date: at('2030-01-07T00:00:00'),
      moodRating: 4,
      notes: 'Slept well.',
      biometricMethod: 'manual',
      activitiesCompleted: [],
    });
  });

  test('lets one of several at once in, and a transaction that is refused goes on', async () => {
    const childId = await newChild();
    const input = { childId, by, room: 'Acorns', at: at('2030-01-08T08:00:00') };
    const calls = await Promise.allSettled([1, 2, 3, 4].map(() => checkIn(on.db, input)));
    expect(calls.filter((call) => call.status === 'fulfilled')).toHaveLength(1);
    expect(calls.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []))).toEqual(
      [1, 2, 3].map(() => expect.any(AlreadyCheckedInError)),
    );
    const other = await newChild();
    await withTransaction(on.db, {}, async (tx) => {
      await expect(checkIn(tx, input)).rejects.toThrow(AlreadyCheckedInError);
      await checkIn(tx, { ...input, childId: other });
    });
    expect(await listPresent(on.db, { day: '2030-01-08' })).toHaveLength(2);
  });

  test('lets a child in again after it was checked out, and on the next day', async () => {
    const childId = await newChild();
    const input = { childId, by, room: 'Acorns' };
    const stay = await checkIn(on.db, { ...input, at: at('2030-01-09T23:59:59.999') });
    await checkIn(on.db, { ...input, at: at('2030-01-10T00:00:00') });
    await checkOut(on.db, { id: stay.id, by, at: at('2030-01-10T00:30:00') });
    await checkIn(on.db, { ...input, at: at('2030-01-10T01:00:00'), day: '2030-01-09' });
  });

  test('refuses a child that does not exist, and a mood beyond 5', async () => {
    const input = { childId: 'nobody', by, room: 'Acorns', at: at('2030-01-07T08:00:00') };
    await expect(checkIn(on.db, input)).rejects.toThrow(ForeignKeyViolationError);
    await expect(checkIn(on.db, { ...input, mood: 6 })).rejects.toThrow(InvalidInputError);
  });
});

describe('checkOut', () => {
  const open = async () =>
    checkIn(on.db, {
      childId: await newChild(),
      by,
      room: 'Acorns',
      at: at('2030-02-04T08:00:00'),
    });

  test('closes an open stay once: of two at once the other is told so, and the first stays', async () => {
    const { id } = await open();
    const calls = await Promise.allSettled([
      checkOut(on.db, { id, by: 'one', at: at('2030-02-04T16:00:00') }),
      checkOut(on.db, { id, by: 'other', at: at('2030-02-04T16:30:00') }),
    ]);
    expect(calls.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []))).toEqual([
      expect.any(AlreadyCheckedOutError),
    ]);
    const closed = calls.find((call) => call.status === 'fulfilled')?.value;
    await expect(checkOut(on.db, { id, by, at: at('2030-02-04T17:00:00') })).rejects.toThrow(
      AlreadyCheckedOutError,
    );
    expect(await getAttendance(on.db, { id })).toEqual(closed);
  });

  test('refuses a time before the check-in, and an unknown stay', async () => {
    const { id } = await open();
    await expect(checkOut(on.db, { id, by, at: at('2030-02-04T07:59:59.999') })).rejects.toThrow(
      CheckOutBeforeCheckInError,
    );
    await expect(checkOut(on.db, { id: '%', by, at: at('2030-02-04T16:00:00') })).rejects.toThrow(
      NotFoundError,
    );
    expect(await getAttendance(on.db, { id })).toMatchObject({ checkOutTime: null });
  });
});

describe('listAttendance', () => {
  test('takes the first midnight of a range and not the last, whether a day or a moment is stored', async () => {
    const childId = await newChild();
    const dates = ['2030-03-01', '2030-03-01 12:00', '2030-03-02', '2030-02-28 23:59:59.999999'];
    for (const date of dates) {
      await on.rows(
        `INSERT INTO attendance (child_id, check_in_time, check_out_time, checked_in_by, room, date)
         VALUES ($1, $2, $2, 'x', 'Acorns', $2)`,
        [childId, date],
      );
    }
    const { items } = await listAttendance(on.db, {
      from: '2030-03-01',
      to: '2030-03-02',
      childId,
    });
    expect(items.map((stay) => stay.date)).toEqual([
      at('2030-03-01T12:00:00'),
      at('2030-03-01T00:00:00'),
    ]);
    const { items: none } = await listAttendance(on.db, {
      from: '2030-03-02',
      to: '2030-03-01',
      childId,
    });
    expect(none).toEqual([]);
  });

  test('gives every stay once, latest check-in first, page after page', async () => {
    const range = { from: '2000-01-01', to: '2100-01-01' };
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listAttendance(on.db, { ...range, limit: 3, cursor });
      ids.push(...page.items.map((stay) => stay.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const rows = await on.rows('SELECT id FROM attendance ORDER BY check_in_time DESC, id DESC');
    expect(ids).toEqual(rows.map((row) => row.id));
  });
});

describe('listPresent', () => {
  test('names who is here on a day with what one must know, by first name', async () => {
    const [zoe, ben, gone] = [await newChild('Zoe'), await newChild('Ben'), await newChild('Cleo')];
    for (const childId of [zoe, ben, gone]) {
      await checkIn(on.db, { childId, by, room: 'Acorns', at: at('2030-04-01T08:00:00') });
    }
    await on.rows('UPDATE attendance SET check_out_time = check_in_time WHERE child_id = $1', [
      gone,
    ]);
    const present = await listPresent(on.db, { day: '2030-04-01' });
    expect(present.map(({ child }) => [child.id, child.firstName, child.allergies])).toEqual([
      [ben, 'Ben', ['Peanuts']],
      [zoe, 'Zoe', ['Peanuts']],
    ]);
    expect(await listPresent(on.db, { day: '2030-04-02' })).toEqual([]);
    await expect(listPresent(on.db, { day: '2030-02-30' })).rejects.toThrow(InvalidInputError);
  });
});

describe('attendanceTrend', () => {
  test('sums by day, not by moment, and an open stay has no hours yet', async () => {
    const childId = await newChild();
    await on.rows(
      `INSERT INTO attendance (child_id, check_in_time, check_out_time, checked_in_by, room, date) VALUES
         ($1, '2030-05-01 08:00', '2030-05-01 12:20', 'x', 'A', '2030-05-01'),
         ($1, '2030-05-01 13:00', '2030-05-01 14:00', 'x', 'A', '2030-05-01 13:00'),
         ($1, '2030-05-01 15:00', NULL, 'x', 'A', '2030-05-01 15:00'),
         ($1, '2030-05-02 08:00', '2030-05-02 09:00', 'x', 'A', '2030-05-02')`,
      [childId],
    );
    expect(await attendanceTrend(on.db, { from: '2030-05-01', to: '2030-05-02' })).toEqual([
      { day: '2030-05-01', checkIns: 3, hours: 5.33 },
    ]);
    expect(await attendanceTrend(on.db, { from: '2030-05-02' })).toEqual([
      { day: '2030-05-02', checkIns: 1, hours: 1 },
    ]);
  });
});

describe('roomOccupancy', () => {
  test('counts children and staff of a room, also where there is only one of both', async () => {
    const day = '2030-06-03';
    for (const room of ['Acorns', 'Acorns', 'Bumblebees']) {
      await checkIn(on.db, { childId: await newChild(), by, room, at: at(`${day}T08:00:00`) });
    }
    const shift = async (room: string) => {
      const staff = { firstName: 'Ben', lastName: 'Hill', position: 'Teacher' };
      const { id: staffId } = await createStaff(on.db, staff);
      return createStaffSchedule(on.db, {
        staffId,
        room,
        day,
        scheduledStart: at(`${day}T08:00:00`),
        scheduledEnd: at(`${day}T16:00:00`),
      });
    };
    const [here, left, only] = [await shift('Acorns'), await shift('Acorns'), await shift('Cubs')];
    await shift('Acorns');
    for (const { id } of [here, left, only]) {
      await markStaffPresent(on.db, { id, at: at(`${day}T08:05:00`) });
    }
    await markStaffEnd(on.db, { id: left.id, at: at(`${day}T12:00:00`) });
    expect(await roomOccupancy(on.db, { day })).toEqual([
      { room: 'Acorns', children: 2, staffPresent: 1 },
      { room: 'Bumblebees', children: 1, staffPresent: 0 },
      { room: 'Cubs', children: 0, staffPresent: 1 },
    ]);
  });
});
