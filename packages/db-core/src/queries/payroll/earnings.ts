/**
 * What people earned in a pay period, in whole cents.
 *
 * The columns hold whole hours and cents. Pay is reckoned by the minute all the same, so that nobody loses by
 * rounding: minutes from clocking in to clocking out less the break, or the hours as entered where no times are.
 * Minutes beyond 40 hours in a week from Monday to Sunday are overtime and paid half as much again (29 U.S.C. 207);
 * minutes of the same week that an earlier period paid count towards the 40 hours. The rate is that of the entry,
 * else that of the person. A salary is a year's, divided by the periods of a year, without overtime.
 */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';

const minutesWorked = sql`
  CASE WHEN entry.clock_in_time IS NOT NULL AND entry.clock_out_time IS NOT NULL
    THEN greatest(0, round(extract(epoch FROM entry.clock_out_time - entry.clock_in_time) / 60)
      - coalesce(entry.break_minutes, 0))
    ELSE 60.0 * coalesce(entry.total_hours, 0)
  END`;

/**
 * Claims the approved entries of a period that no other period has, and reckons what they and the salaries come to:
 * a row for everybody who is to have a pay stub, those included who have one of an unfinished run. One statement, so
 * what is paid is exactly what is claimed.
 */
export const claimEarnings = defineQuery({
  name: 'claimEarnings',
  access: 'write',
  input: z.strictObject({ payPeriodId: id }),
  row: z.object({
    staffId: pgType.text,
    payType: pgType.text,
    /** Cents a year. */
    salaryAmount: pgType.int4.nullable(),
    regularMinutes: pgType.int4,
    overtimeMinutes: pgType.int4,
    regularPay: pgType.int4,
    overtimePay: pgType.int4,
    /** Whether minutes were worked that no rate pays. */
    lacksRate: pgType.bool,
    taxFilingStatus: pgType.text.nullable(),
    w4Allowances: pgType.int4,
    additionalTaxWithholding: pgType.int4,
    /** What was paid earlier in the year of the pay date. */
    yearToDateGrossPay: pgType.int4,
    /** Pay stubs of the period that are there already. */
    stubCount: pgType.int4,
  }),
  rows: 'many',
  sql: ({ payPeriodId }) => sql`
    WITH period AS (
      SELECT start_date, end_date, pay_date FROM public.pay_periods WHERE id = ${payPeriodId}
    ), claimed AS (
      UPDATE public.timesheet_entries AS entry
      SET pay_period_id = ${payPeriodId}, updated_at = ${utcNow}
      FROM period
      WHERE entry.is_approved AND (entry.clock_in_time IS NULL) = (entry.clock_out_time IS NULL)
        AND (entry.pay_period_id = ${payPeriodId} OR entry.pay_period_id IS NULL
          AND entry.date BETWEEN period.start_date AND period.end_date)
      RETURNING entry.id, entry.staff_id, entry.date, entry.clock_in_time, entry.hourly_rate,
        ${minutesWorked} AS minutes, true AS is_claimed
    ), relevant AS (
      SELECT * FROM claimed
      UNION ALL
      SELECT entry.id, entry.staff_id, entry.date, entry.clock_in_time, entry.hourly_rate,
        ${minutesWorked}, false
      FROM public.timesheet_entries AS entry
      WHERE entry.is_approved AND entry.pay_period_id IS NOT NULL
        AND entry.date >= date_trunc('week', (SELECT min(date) FROM claimed)::timestamp)
        AND entry.date <= (SELECT max(date) FROM claimed)
        AND entry.staff_id IN (SELECT staff_id FROM claimed)
        AND entry.id NOT IN (SELECT id FROM claimed)
    ), counted AS (
      SELECT relevant.*, sum(minutes) OVER (
        PARTITION BY staff_id, date_trunc('week', date::timestamp)
        ORDER BY date, clock_in_time NULLS FIRST, id
      ) - 40 * 60 AS beyond
      FROM relevant
    ), split AS (
      SELECT counted.*, least(minutes, greatest(0, beyond)) AS overtime FROM counted WHERE is_claimed
    ), worked AS (
      SELECT split.staff_id, sum(minutes - overtime) AS regular, sum(overtime) AS overtime,
        sum((minutes - overtime) * coalesce(split.hourly_rate, staff.hourly_rate, 0)) / 60 AS regular_pay,
        sum(overtime * coalesce(split.hourly_rate, staff.hourly_rate, 0)) / 40 AS overtime_pay,
        bool_or(minutes > 0 AND coalesce(split.hourly_rate, staff.hourly_rate) IS NULL) AS lacks_rate
      FROM split JOIN public.staff AS staff ON staff.id = split.staff_id
      GROUP BY split.staff_id
    )
    SELECT staff.id AS "staffId", coalesce(staff.pay_type, 'hourly') AS "payType",
      staff.salary_amount AS "salaryAmount", coalesce(worked.regular, 0)::int AS "regularMinutes",
      coalesce(worked.overtime, 0)::int AS "overtimeMinutes",
      coalesce(round(worked.regular_pay), 0)::int AS "regularPay",
      coalesce(round(worked.overtime_pay), 0)::int AS "overtimePay",
      coalesce(worked.lacks_rate, false) AS "lacksRate",
      staff.tax_filing_status AS "taxFilingStatus",
      coalesce(staff.w4_allowances, 0) AS "w4Allowances",
      coalesce(staff.additional_tax_withholding, 0) AS "additionalTaxWithholding",
      (SELECT coalesce(sum(stub.gross_pay), 0)::int
        FROM public.pay_stubs AS stub JOIN public.pay_periods AS other ON other.id = stub.pay_period_id
        WHERE stub.staff_id = staff.id AND other.status IN ('paid', 'closed')
          AND other.pay_date >= date_trunc('year', period.pay_date::timestamp)
          AND other.pay_date <= period.pay_date
      ) AS "yearToDateGrossPay",
      (SELECT count(*)::int FROM public.pay_stubs AS stub
        WHERE stub.staff_id = staff.id AND stub.pay_period_id = ${payPeriodId}) AS "stubCount"
    FROM period CROSS JOIN public.staff AS staff LEFT JOIN worked ON worked.staff_id = staff.id
    WHERE worked.staff_id IS NOT NULL
      OR staff.is_active AND staff.pay_type = 'salary' AND staff.salary_amount IS NOT NULL
        AND (staff.created_at IS NULL OR staff.created_at < period.end_date + 1)
      OR EXISTS (SELECT FROM public.pay_stubs AS stub
        WHERE stub.staff_id = staff.id AND stub.pay_period_id = ${payPeriodId})
    ORDER BY staff.id`,
  samples: [{ payPeriodId: 'pp1' }],
});
