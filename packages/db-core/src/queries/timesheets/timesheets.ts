/** What people worked, and who approved it. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { day, id, instant } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { timesheetColumns, timesheetEntriesRow } from './timesheet-entry.ts';

const DAY_MS = 86_400_000;

/**
 * Lists the entries of a person of the days from `from` up to, but not including, `to`, by day. At most 366 days at
 * a time.
 */
export const listTimesheets = defineQuery({
  name: 'listTimesheets',
  access: 'read',
  input: z
    .strictObject({ staffId: id, from: day, to: day, approved: z.boolean().optional() })
    .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= 366 * DAY_MS, { path: ['to'] }),
  row: timesheetEntriesRow,
  rows: 'many',
  sql: ({ staffId, from, to, approved }) => sql`
    SELECT ${timesheetColumns}
    FROM public.timesheet_entries AS entry
    WHERE entry.staff_id = ${staffId}
      AND entry.date >= ${sql.date(from)} AND entry.date < ${sql.date(to)}
      AND (${approved ?? null}::bool IS NULL
        OR coalesce(entry.is_approved, false) = ${approved ?? null}::bool)
    ORDER BY entry.date, entry.clock_in_time, entry.id`,
  samples: [{ staffId: 's1', from: '2026-01-01', to: '2026-02-01', approved: false }],
});

/**
 * Approves entries, all in one statement, and says of each id what became of it, in the order of the ids:
 * `approved`, `already` (by whom and when stays as it was), `open` (not clocked out yet, so not approved) or `missing`.
 *
 * @example
 * await approveTimesheets(db, { ids, by: 'staff-7', at: new Date() });
 * // [{ id: 't1', outcome: 'approved' }, { id: 't2', outcome: 'already' }]
 */
export const approveTimesheets = defineQuery({
  name: 'approveTimesheets',
  access: 'write',
  input: z.strictObject({
    ids: z.array(id).min(1).max(1000),
    /** Who approves: the id of a member of staff, or of another actor. */
    by: id,
    at: instant,
  }),
  row: z.object({
    id: pgType.text,
    outcome: pgType.textOf(['approved', 'already', 'open', 'missing']),
  }),
  rows: 'many',
  sql: ({ ids, by, at }) => sql`
    WITH asked AS (
      SELECT listed.id, min(listed.place) AS place
      FROM unnest(${sql.array(ids, 'text')}) WITH ORDINALITY AS listed (id, place)
      GROUP BY listed.id
    ), found AS MATERIALIZED (
      SELECT entry.id, entry.is_approved IS TRUE AS was_approved,
        entry.clock_in_time IS NOT NULL AND entry.clock_out_time IS NULL AS is_open
      FROM public.timesheet_entries AS entry
      WHERE entry.id = ANY (${sql.array(ids, 'text')})
      ORDER BY entry.id
      FOR UPDATE
    ), approved AS (
      UPDATE public.timesheet_entries AS entry
      SET is_approved = true, approved_by = ${by}, approved_at = ${sql.timestamp(at)},
        updated_at = ${utcNow}
      FROM found
      WHERE entry.id = found.id AND NOT found.was_approved AND NOT found.is_open
    )
    SELECT asked.id, CASE
        WHEN found.id IS NULL THEN 'missing'
        WHEN found.was_approved THEN 'already'
        WHEN found.is_open THEN 'open'
        ELSE 'approved'
      END AS outcome
    FROM asked LEFT JOIN found ON found.id = asked.id
    ORDER BY asked.place`,
  samples: [{ ids: ['t1', 't2'], by: 'admin', at: new Date('2026-01-31T08:00:00Z') }],
});
