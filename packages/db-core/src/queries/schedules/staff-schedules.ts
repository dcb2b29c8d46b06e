/** When people are to work. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { day, filledText, id, instant, text } from '../../query/input.ts';
import { insertion } from '../../query/insertion.ts';
import { assignments, patch } from '../../query/patch.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { staffRow } from '../../rows/staff.ts';
import { staffSchedulesScheduleType, staffSchedulesStatus } from '../../rows/values.ts';
import { staffScheduleColumns, staffSchedulesRow } from './shift.ts';

const DAY_MS = 86_400_000;

/** Days that a list may span: a quarter of a year. */
const MOST_DAYS = 92;

/**
 * Lists the shifts of the days from `from` up to, but not including, `to`, with whose they are, by start. At most
 * 92 days at a time.
 *
 * @example
 * await listStaffSchedules(db, { from: '2026-01-05', to: '2026-01-12' });
 * // SELECT …, jsonb_build_object(…) AS staff FROM public.staff_schedules AS shift
 * // JOIN public.staff AS staff ON staff.id = shift.staff_id
 * // WHERE shift.date >= $1::date AND shift.date < $2::date ORDER BY shift.scheduled_start, shift.id
 */
export const listStaffSchedules = defineQuery({
  name: 'listStaffSchedules',
  access: 'read',
  input: z
    .strictObject({ from: day, to: day })
    .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= MOST_DAYS * DAY_MS, {
      path: ['to'],
    }),
  row: staffSchedulesRow.extend({
    staff: pgType.jsonbOf(
      staffRow.pick({ id: true, firstName: true, lastName: true, position: true, isActive: true }),
    ),
  }),
  rows: 'many',
  sql: ({ from, to }) => sql`
    SELECT ${staffScheduleColumns}, jsonb_build_object(
      'id', staff.id, 'firstName', staff.first_name, 'lastName', staff.last_name,
      'position', staff.position, 'isActive', staff.is_active
    ) AS staff
    FROM public.staff_schedules AS shift
    JOIN public.staff AS staff ON staff.id = shift.staff_id
    WHERE shift.date >= ${sql.date(from)} AND shift.date < ${sql.date(to)}
    ORDER BY shift.scheduled_start, shift.id`,
  samples: [{ from: '2026-01-05', to: '2026-01-12' }],
});

const columnOf = {
  staffId: 'staff_id',
  room: 'room',
  scheduledStart: 'scheduled_start',
  scheduledEnd: 'scheduled_end',
  date: 'date',
  scheduleType: 'schedule_type',
  isRecurring: 'is_recurring',
  recurringPattern: 'recurring_pattern',
  recurringUntil: 'recurring_until',
  notes: 'notes',
  approvedBy: 'approved_by',
  status: 'status',
} as const;

const required = {
  room: filledText(200),
  scheduledStart: instant,
  scheduledEnd: instant,
};

const optional = {
  scheduleType: staffSchedulesScheduleType,
  isRecurring: z.boolean(),
  recurringPattern: text.max(500).nullable(),
  recurringUntil: instant.nullable(),
  notes: text.max(10_000).nullable(),
  /** A member of staff. */
  approvedBy: id.nullable(),
  status: staffSchedulesStatus,
};

const midnight = (of: string): Date => new Date(`${of}T00:00:00Z`);

/** Plans a shift. Its end must lie behind its start. */
export const createStaffSchedule = defineQuery({
  name: 'createStaffSchedule',
  access: 'write',
  input: z
    .strictObject(optional)
    .partial()
    .extend({ ...required, staffId: id, day })
    .refine(({ scheduledStart, scheduledEnd }) => scheduledStart < scheduledEnd, {
      path: ['scheduledEnd'],
    }),
  row: staffSchedulesRow,
  rows: 'one',
  sql: ({ day: of, ...input }) => sql`
    INSERT INTO public.staff_schedules AS shift
    ${insertion(columnOf, { ...input, date: midnight(of) })}
    RETURNING ${staffScheduleColumns}`,
  samples: [
    {
      staffId: 's1',
      day: '2026-01-05',
      room: 'Acorns',
      scheduledStart: new Date('2026-01-05T08:00:00Z'),
      scheduledEnd: new Date('2026-01-05T16:00:00Z'),
      scheduleType: 'regular',
    },
  ],
});

/**
 * Changes the plan of a shift. When the person came and left is noted by `markStaffPresent` and `markStaffEnd`.
 *
 * @throws NotFoundError
 */
export const updateStaffSchedule = defineQuery({
  name: 'updateStaffSchedule',
  access: 'write',
  input: z.strictObject({ id, patch: patch({ ...required, ...optional, day }) }),
  row: staffSchedulesRow,
  rows: 'one',
  sql: ({ id: shiftId, patch: { day: of, ...changes } }) => sql`
    UPDATE public.staff_schedules AS shift
    SET ${assignments(columnOf, { ...changes, date: of === undefined ? undefined : midnight(of) })}
    WHERE shift.id = ${shiftId}
    RETURNING ${staffScheduleColumns}`,
  samples: [
    { id: 'w1', patch: { room: 'Acorns', notes: null, status: 'confirmed' } },
    { id: 'w1', patch: { day: '2026-01-05', scheduledEnd: new Date('2026-01-05T17:00:00Z') } },
  ],
});
