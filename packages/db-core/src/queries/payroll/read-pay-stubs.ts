/** Pay stubs, and what they come to in a year. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { payPeriodsRow } from '../../rows/pay-periods.ts';
import { payStubColumns, payStubRow } from './pay-stub.ts';

/** Lists the pay stubs of a period by the names of the staff. */
export const listPayStubs = defineQuery({
  name: 'listPayStubs',
  access: 'read',
  input: z.strictObject({ payPeriodId: id }),
  row: payStubRow,
  rows: 'many',
  sql: ({ payPeriodId }) => sql`
    SELECT ${payStubColumns}
    FROM public.pay_stubs AS stub
    JOIN public.staff AS staff ON staff.id = stub.staff_id
    WHERE stub.pay_period_id = ${payPeriodId}
    ORDER BY staff.first_name, staff.last_name, stub.id`,
  samples: [{ payPeriodId: 'pp1' }],
});

/** Finds a pay stub with whose it is and for which period. */
export const payStub = defineQuery({
  name: 'payStub',
  access: 'read',
  input: z.strictObject({ id }),
  row: payStubRow.extend({
    period: pgType.jsonbOf(
      payPeriodsRow.pick({ id: true, startDate: true, endDate: true, payDate: true, status: true }),
    ),
  }),
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${payStubColumns}, jsonb_build_object('id', period.id, 'startDate', period.start_date,
      'endDate', period.end_date, 'payDate', period.pay_date, 'status', period.status) AS period
    FROM public.pay_stubs AS stub
    JOIN public.staff AS staff ON staff.id = stub.staff_id
    JOIN public.pay_periods AS period ON period.id = stub.pay_period_id
    WHERE stub.id = ${input.id}`,
  samples: [{ id: 'stub1' }],
});

/**
 * Sums what a person was paid in a year. The day of payment decides, as it does for taxes; periods that are not paid
 * yet do not count.
 */
export const ytd = defineQuery({
  name: 'ytd',
  access: 'read',
  input: z.strictObject({ staffId: id, year: z.int().min(1900).max(9998) }),
  row: z.object({
    payStubs: pgType.int4,
    regularHours: pgType.int4,
    overtimeHours: pgType.int4,
    totalHours: pgType.int4,
    regularPay: pgType.int4,
    overtimePay: pgType.int4,
    grossPay: pgType.int4,
    federalTax: pgType.int4,
    stateTax: pgType.int4,
    socialSecurityTax: pgType.int4,
    medicareTax: pgType.int4,
    healthInsurance: pgType.int4,
    retirement401k: pgType.int4,
    otherDeductions: pgType.int4,
    totalDeductions: pgType.int4,
    netPay: pgType.int4,
  }),
  rows: 'one',
  sql: ({ staffId, year }) => sql`
    SELECT count(*)::int AS "payStubs",
      coalesce(sum(stub.regular_hours), 0)::int AS "regularHours",
      coalesce(sum(stub.overtime_hours), 0)::int AS "overtimeHours",
      coalesce(sum(stub.total_hours), 0)::int AS "totalHours",
      coalesce(sum(stub.regular_pay), 0)::int AS "regularPay",
      coalesce(sum(stub.overtime_pay), 0)::int AS "overtimePay",
      coalesce(sum(stub.gross_pay), 0)::int AS "grossPay",
      coalesce(sum(stub.federal_tax), 0)::int AS "federalTax",
      coalesce(sum(stub.state_tax), 0)::int AS "stateTax",
      coalesce(sum(stub.social_security_tax), 0)::int AS "socialSecurityTax",
      coalesce(sum(stub.medicare_tax), 0)::int AS "medicareTax",
      coalesce(sum(stub.health_insurance), 0)::int AS "healthInsurance",
      coalesce(sum(stub.retirement_401k), 0)::int AS "retirement401k",
      coalesce(sum(stub.other_deductions), 0)::int AS "otherDeductions",
      coalesce(sum(stub.total_deductions), 0)::int AS "totalDeductions",
      coalesce(sum(stub.net_pay), 0)::int AS "netPay"
    FROM public.pay_stubs AS stub
    JOIN public.pay_periods AS period ON period.id = stub.pay_period_id
    WHERE stub.staff_id = ${staffId} AND period.status IN ('paid', 'closed')
      AND period.pay_date >= make_date(${year}::int, 1, 1)
      AND period.pay_date < make_date(${year}::int + 1, 1, 1)`,
  samples: [{ staffId: 's1', year: 2026 }],
});
