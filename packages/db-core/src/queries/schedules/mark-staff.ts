/** When people really came and left. Times once noted stay: the first coming, the first leaving. */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { NotFoundError } from '../../errors.ts';
import { defineQuery, type InputOf } from '../../query/define-query.ts';
import { id, instant } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { ShiftEndedError, ShiftNotStartedError } from './errors.ts';
import { type StaffSchedule, staffScheduleColumns, staffSchedulesRow } from './shift.ts';

const input = z.strictObject({ id, at: instant });

/** Finds a shift by its id. */
export const getStaffSchedule = defineQuery({
  name: 'getStaffSchedule',
  access: 'read',
  input: z.strictObject({ id }),
  row: staffSchedulesRow,
  rows: 'maybeOne',
  sql: (shift) => sql`
    SELECT ${staffScheduleColumns} FROM public.staff_schedules AS shift WHERE shift.id = ${shift.id}`,
  samples: [{ id: 'w1' }],
});

/** Starts a shift that has not ended; null where there is none of that id. */
export const startShift = defineQuery({
  name: 'startShift',
  access: 'write',
  input,
  row: staffSchedulesRow,
  rows: 'maybeOne',
  sql: ({ id: shiftId, at }) => sql`
    UPDATE public.staff_schedules AS shift
    SET is_present = true, actual_start = coalesce(shift.actual_start, ${sql.timestamp(at)})
    WHERE shift.id = ${shiftId} AND shift.actual_end IS NULL
    RETURNING ${staffScheduleColumns}`,
  samples: [{ id: 'w1', at: new Date('2026-01-05T08:00:00Z') }],
});

/** Ends a shift that has started by then and not ended; null where there is none of that id. */
export const endShift = defineQuery({
  name: 'endShift',
  access: 'write',
  input,
  row: staffSchedulesRow,
  rows: 'maybeOne',
  sql: ({ id: shiftId, at }) => sql`
    UPDATE public.staff_schedules AS shift
    SET actual_end = ${sql.timestamp(at)}, status = 'completed'
    WHERE shift.id = ${shiftId} AND shift.actual_end IS NULL
      AND shift.actual_start <= ${sql.timestamp(at)}
    RETURNING ${staffScheduleColumns}`,
  samples: [{ id: 'w1', at: new Date('2026-01-05T16:00:00Z') }],
});

/**
 * Notes that a person has come to its shift. Marked twice, the first time stays.
 *
 * @throws ShiftEndedError
 * @throws NotFoundError
 */
export async function markStaffPresent(
  db: WriteDatabase,
  shift: InputOf<typeof startShift>,
): Promise<StaffSchedule> {
  return (await startShift(db, shift)) ?? (await refuse(db, 'markStaffPresent', shift.id));
}

/**
 * Notes that a person has left its shift, which completes it.
 *
 * @throws ShiftEndedError
 * @throws ShiftNotStartedError
 * @throws NotFoundError
 */
export async function markStaffEnd(
  db: WriteDatabase,
  shift: InputOf<typeof endShift>,
): Promise<StaffSchedule> {
  return (await endShift(db, shift)) ?? (await refuse(db, 'markStaffEnd', shift.id));
}

async function refuse(db: WriteDatabase, name: string, id: string): Promise<never> {
  const shift = await getStaffSchedule(db, { id });
  if (shift === null) throw new NotFoundError(`${name} found no shift of that id.`);
  throw shift.actualEnd === null ? new ShiftNotStartedError() : new ShiftEndedError();
}
