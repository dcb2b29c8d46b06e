import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { ForeignKeyViolationError, InvalidInputError, NotFoundError } from '../../errors.ts';
import { createStaff } from '../staff/staff.ts';
import { ShiftEndedError, ShiftNotStartedError } from './errors.ts';
import { getStaffSchedule, markStaffEnd, markStaffPresent } from './mark-staff.ts';
import { createStaffSchedule, listStaffSchedules, updateStaffSchedule } from './staff-schedules.ts';

let on: OpenDatabase;
let staffId: string;

beforeAll(async () => {
  on = await openMigrated();
  const staff = { firstName: 'Ada', lastName: 'Moss', position: 'Teacher' };
  ({ id: staffId } = await createStaff(on.db, staff));
});
afterAll(() => on?.close());

const at = (time: string): Date => new Date(`${time}Z`);

const shiftOf = (day: string, from = '08:00', to = '16:00') => ({
  staffId,
  room: 'Acorns',
  day,
  scheduledStart: at(`${day}T${from}`),
  scheduledEnd: at(`${day}T${to}`),
});

describe('listStaffSchedules', () => {
  test('takes the first day of a range and not the last, by start, with whose they are', async () => {
    const late = await createStaffSchedule(on.db, shiftOf('2030-01-07', '12:00'));
    const early = await createStaffSchedule(on.db, shiftOf('2030-01-07'));
    const next = await createStaffSchedule(on.db, shiftOf('2030-01-08', '00:00'));
    await on.rows(`UPDATE staff_schedules SET date = '2030-01-07 23:59:59.999999' WHERE id = $1`, [
      late.id,
    ]);
    const shifts = await listStaffSchedules(on.db, { from: '2030-01-07', to: '2030-01-08' });
    expect(shifts.map((shift) => shift.id)).toEqual([early.id, late.id]);
    expect(shifts[0]?.staff).toEqual({
      id: staffId,
      firstName: 'Ada',
      lastName: 'Moss',
      position: 'Teacher',
      isActive: true,
    });
    const following = await listStaffSchedules(on.db, { from: '2030-01-08', to: '2030-01-09' });
    expect(following.map((shift) => shift.id)).toEqual([next.id]);
  });

  test('spans at most 92 days', async () => {
    await listStaffSchedules(on.db, { from: '2030-01-01', to: '2030-04-03' });
    await expect(
      listStaffSchedules(on.db, { from: '2030-01-01', to: '2030-04-04' }),
    ).rejects.toThrow(InvalidInputError);
  });
});

describe('createStaffSchedule and updateStaffSchedule', () => {
  test('plan a shift and change what is named only', async () => {
    const shift = await createStaffSchedule(on.db, { ...shiftOf('2030-02-04'), notes: 'Opens up' });
    expect(shift).toMatchObject({ status: 'scheduled', scheduleType: 'regular', isPresent: false });
    const changed = await updateStaffSchedule(on.db, {
      id: shift.id,
      patch: { day: '2030-02-05', notes: null, status: 'confirmed' },
    });
    expect(changed).toEqual({
      ...shift,
      date: at('2030-02-05T00:00'),
      notes: null,
      status: 'confirmed',
    });
  });

  test('refuse an end before the start, a person that does not exist, and an unknown shift', async () => {
    const shift = shiftOf('2030-02-04');
    await expect(
      createStaffSchedule(on.db, { ...shift, scheduledEnd: shift.scheduledStart }),
    ).rejects.toThrow(InvalidInputError);
    await expect(createStaffSchedule(on.db, { ...shift, staffId: 'nobody' })).rejects.toThrow(
      ForeignKeyViolationError,
    );
    await expect(updateStaffSchedule(on.db, { id: 'x', patch: { room: 'B' } })).rejects.toThrow(
      NotFoundError,
    );
    for (const patch of [{}, { actualStart: at('2030-02-04T08:00') }, { staffId: 'x' }]) {
      await expect(updateStaffSchedule(on.db, { id: 'x', patch } as never)).rejects.toThrow(
        InvalidInputError,
      );
    }
  });
});

describe('markStaffPresent and markStaffEnd', () => {
  test('keep the first coming and the first leaving', async () => {
    const { id } = await createStaffSchedule(on.db, shiftOf('2030-03-04'));
    await markStaffPresent(on.db, { id, at: at('2030-03-04T08:05') });
    expect(await markStaffPresent(on.db, { id, at: at('2030-03-04T09:00') })).toMatchObject({
      isPresent: true,
      actualStart: at('2030-03-04T08:05'),
    });
    const calls = await Promise.allSettled([
      markStaffEnd(on.db, { id, at: at('2030-03-04T16:00') }),
      markStaffEnd(on.db, { id, at: at('2030-03-04T16:01') }),
    ]);
    expect(calls.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []))).toEqual([
      expect.any(ShiftEndedError),
    ]);
    await expect(markStaffPresent(on.db, { id, at: at('2030-03-04T17:00') })).rejects.toThrow(
      ShiftEndedError,
    );
    const ended = calls.find((call) => call.status === 'fulfilled')?.value;
    expect(ended).toMatchObject({ status: 'completed', actualStart: at('2030-03-04T08:05') });
    expect(await getStaffSchedule(on.db, { id })).toEqual(ended);
  });

  test('refuse to end what has not begun by then, and an unknown shift', async () => {
    const { id } = await createStaffSchedule(on.db, shiftOf('2030-03-05'));
    const end = { id, at: at('2030-03-05T07:00') };
    await expect(markStaffEnd(on.db, end)).rejects.toThrow(ShiftNotStartedError);
    await markStaffPresent(on.db, { id, at: at('2030-03-05T08:00') });
    await expect(markStaffEnd(on.db, end)).rejects.toThrow(ShiftNotStartedError);
    await expect(markStaffPresent(on.db, { ...end, id: "'" })).rejects.toThrow(NotFoundError);
    await expect(markStaffEnd(on.db, { ...end, id: "'" })).rejects.toThrow(NotFoundError);
  });
});
