/** Clocking in and out. Nobody is clocked in twice on a day, and nobody is clocked out who is not clocked in. */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { AlreadyClockedInError } from '../../errors.ts';
import { defineQuery, type InputOf } from '../../query/define-query.ts';
import { day, id, instant } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { NotClockedInError } from './errors.ts';
import { type TimesheetEntry, timesheetColumns, timesheetEntriesRow } from './timesheet-entry.ts';

/** Finds the open entry of a person on a day: there is at most one. */
export const openEntry = defineQuery({
  name: 'openEntry',
  access: 'read',
  input: z.strictObject({ staffId: id, day }),
  row: timesheetEntriesRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${timesheetColumns}
    FROM public.timesheet_entries AS entry
    WHERE entry.staff_id = ${input.staffId} AND entry.date = ${sql.date(input.day)}
      AND entry.clock_in_time IS NOT NULL AND entry.clock_out_time IS NULL`,
  samples: [{ staffId: 's1', day: '2026-01-05' }],
});

/** Opens an entry at the person's present hourly rate; null where one is open on that day. */
export const startEntry = defineQuery({
  name: 'startEntry',
  access: 'write',
  input: z.strictObject({
    staffId: id,
    at: instant,
    /** The day of the entry by the calendar of the house. @default the day of `at` in UTC */
    day: day.optional(),
  }),
  row: timesheetEntriesRow,
  rows: 'maybeOne',
  sql: ({ staffId, at, day: of }) => sql`
    INSERT INTO public.timesheet_entries AS entry (staff_id, date, clock_in_time, hourly_rate)
    VALUES (${staffId}, ${sql.date(of ?? at.toISOString().slice(0, 10))}, ${sql.timestamp(at)},
      (SELECT staff.hourly_rate FROM public.staff AS staff WHERE staff.id = ${staffId}))
    ON CONFLICT (staff_id, date) WHERE clock_in_time IS NOT NULL AND clock_out_time IS NULL DO NOTHING
    RETURNING ${timesheetColumns}`,
  samples: [{ staffId: 's1', at: new Date('2026-01-05T08:00:00Z') }],
});

/** Closes the latest open entry of a person that began in the 24 hours before; null where there is none. */
export const endEntry = defineQuery({
  name: 'endEntry',
  access: 'write',
  input: z.strictObject({
    staffId: id,
    at: instant,
    /** Minutes of unpaid break. @default what the entry has */
    breakMinutes: z.int().min(0).max(1440).optional(),
  }),
  row: timesheetEntriesRow,
  rows: 'maybeOne',
  sql: ({ staffId, at, breakMinutes }) => sql`
    UPDATE public.timesheet_entries AS entry
    SET clock_out_time = ${sql.timestamp(at)}, break_minutes = worked.break_minutes,
      total_hours = greatest(0, round(
        extract(epoch FROM ${sql.timestamp(at)} - entry.clock_in_time) / 3600
        - worked.break_minutes / 60.0)),
      updated_at = ${utcNow}
    FROM (
      SELECT open.id, coalesce(${breakMinutes ?? null}::int, open.break_minutes, 0) AS break_minutes
      FROM public.timesheet_entries AS open
      WHERE open.staff_id = ${staffId} AND open.clock_out_time IS NULL
        AND open.clock_in_time <= ${sql.timestamp(at)}
        AND open.clock_in_time > ${sql.timestamp(at)} - interval '24 hours'
      ORDER BY open.clock_in_time DESC LIMIT 1
      FOR UPDATE
    ) AS worked
    WHERE entry.id = worked.id
    RETURNING ${timesheetColumns}`,
  samples: [{ staffId: 's1', at: new Date('2026-01-05T16:00:00Z'), breakMinutes: 30 }],
});

/**
 * Clocks a person in, at its hourly rate of today.
 *
 * @throws AlreadyClockedInError
 * @throws ForeignKeyViolationError where there is no such member of staff
 */
export async function clockIn(
  db: WriteDatabase,
  input: InputOf<typeof startEntry>,
): Promise<TimesheetEntry> {
  const entry = await startEntry(db, input);
  if (entry === null) throw new AlreadyClockedInError();
  return entry;
}

/**
 * Clocks a person out: closes its latest open entry, also past midnight, and notes the whole hours worked. An entry
 * that has been open for 24 hours was forgotten; it is not closed with a time that nobody meant.
 *
 * @throws NotClockedInError
 *
 * @example
 * await clockOut(db, { staffId, at: new Date(), breakMinutes: 30 });
 * // UPDATE public.timesheet_entries AS entry SET clock_out_time = $1::timestamp, … RETURNING …
 */
export async function clockOut(
  db: WriteDatabase,
  input: InputOf<typeof endEntry>,
): Promise<TimesheetEntry> {
  const entry = await endEntry(db, input);
  if (entry === null) throw new NotClockedInError();
  return entry;
}
