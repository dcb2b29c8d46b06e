/** Attendance in figures. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { day } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';

/**
 * Counts check-ins and hours of each day from `from` on, or up to, but not including, `to`. A stay that is still open counts
 * as a check-in of no hours; a day without a stay is not named.
 */
export const attendanceTrend = defineQuery({
  name: 'attendanceTrend',
  access: 'read',
  input: z.strictObject({ from: day, to: day.optional() }),
  row: z.object({ day: pgType.date, checkIns: pgType.int4, hours: pgType.float8 }),
  rows: 'many',
  sql: ({ from, to }) => sql`
    SELECT stay.date::date AS day, count(*)::int AS "checkIns",
      coalesce(round(sum(extract(epoch FROM stay.check_out_time - stay.check_in_time)) / 3600, 2), 0)::float8
        AS hours
    FROM public.attendance AS stay
    WHERE ${sql.and([
      sql`stay.date >= ${sql.date(from)}`,
      to !== undefined && sql`stay.date < ${sql.date(to)}`,
    ])}
    GROUP BY stay.date::date ORDER BY stay.date::date`,
  samples: [{ from: '2026-01-01' }, { from: '2026-01-01', to: '2026-02-01' }],
});

/**
 * Counts, for each room in use on a day, the children who are here and the staff who came and have not left.
 */
export const roomOccupancy = defineQuery({
  name: 'roomOccupancy',
  access: 'read',
  input: z.strictObject({ day }),
  row: z.object({ room: pgType.text, children: pgType.int4, staffPresent: pgType.int4 }),
  rows: 'many',
  sql: (input) => sql`
    SELECT present.room, count(DISTINCT present.child_id)::int AS children,
      count(DISTINCT present.staff_id)::int AS "staffPresent"
    FROM (
      SELECT stay.room, stay.child_id, NULL AS staff_id
      FROM public.attendance AS stay
      WHERE stay.date >= ${sql.date(input.day)} AND stay.date < ${sql.date(input.day)} + 1
        AND stay.check_out_time IS NULL
      UNION ALL
      SELECT shift.room, NULL, shift.staff_id
      FROM public.staff_schedules AS shift
      WHERE shift.date >= ${sql.date(input.day)} AND shift.date < ${sql.date(input.day)} + 1
        AND shift.is_present AND shift.actual_end IS NULL
    ) AS present
    GROUP BY present.room ORDER BY present.room`,
  samples: [{ day: '2026-01-31' }],
});
