/** The statements that write a payroll. They belong into the transaction of `runPayroll`. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { payPeriodColumns, payPeriodsRow } from './pay-period.ts';

/** Locks a period until the transaction ends: whoever runs the same payroll waits here. */
export const lockPayPeriod = defineQuery({
  name: 'lockPayPeriod',
  access: 'write',
  input: z.strictObject({ id }),
  row: payPeriodsRow,
  rows: 'maybeOne',
  sql: (input) => sql`
    SELECT ${payPeriodColumns} FROM public.pay_periods AS period
    WHERE period.id = ${input.id} FOR UPDATE`,
  samples: [{ id: 'pp1' }],
});

const amount = z.int32().min(0);

const pay = z.strictObject({
  staffId: id,
  regularHours: amount,
  overtimeHours: amount,
  totalHours: amount,
  regularPay: amount,
  overtimePay: amount,
  grossPay: amount,
  federalTax: amount,
  stateTax: amount,
  socialSecurityTax: amount,
  medicareTax: amount,
  healthInsurance: amount,
  retirement401k: amount,
  otherDeductions: amount,
  totalDeductions: amount,
  netPay: amount,
});

const figures = sql`regular_hours, overtime_hours, total_hours, regular_pay, overtime_pay, gross_pay,
  federal_tax, state_tax, social_security_tax, medicare_tax, health_insurance, retirement_401k,
  other_deductions, total_deductions, net_pay`;

const figuresOfStub = sql`stub.regular_hours, stub.overtime_hours, stub.total_hours,
  stub.regular_pay, stub.overtime_pay, stub.gross_pay, stub.federal_tax, stub.state_tax,
  stub.social_security_tax, stub.medicare_tax, stub.health_insurance, stub.retirement_401k,
  stub.other_deductions, stub.total_deductions, stub.net_pay`;

const figuresOfPay = sql`pay."regularHours", pay."overtimeHours", pay."totalHours",
  pay."regularPay", pay."overtimePay", pay."grossPay", pay."federalTax", pay."stateTax",
  pay."socialSecurityTax", pay."medicareTax", pay."healthInsurance", pay."retirement401k",
  pay."otherDeductions", pay."totalDeductions", pay."netPay"`;

/**
 * Writes the pay stubs of a period: those of an unfinished run are brought up to date, the others added, each change
 * with its row in the audit. A stub that is right already is not touched.
 *
 * @returns how many were added or changed
 */
export const writePayStubs = defineQuery({
  name: 'writePayStubs',
  access: 'write',
  input: z.strictObject({ payPeriodId: id, by: id, pays: z.array(pay).min(1) }),
  row: null,
  rows: 'none',
  sql: ({ payPeriodId, by, pays }) => sql`
    WITH pay AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${sql.jsonb(pays)}) AS given ("staffId" text,
        "regularHours" int, "overtimeHours" int, "totalHours" int, "regularPay" int,
        "overtimePay" int, "grossPay" int, "federalTax" int, "stateTax" int,
        "socialSecurityTax" int, "medicareTax" int, "healthInsurance" int, "retirement401k" int,
        "otherDeductions" int, "totalDeductions" int, "netPay" int)
    ), before AS MATERIALIZED (
      SELECT stub.* FROM public.pay_stubs AS stub WHERE stub.pay_period_id = ${payPeriodId}
    ), changed AS (
      UPDATE public.pay_stubs AS stub SET (${figures}, updated_at) = ROW (${figuresOfPay}, ${utcNow})
      FROM pay
      WHERE stub.pay_period_id = ${payPeriodId} AND stub.staff_id = pay."staffId"
        AND (${figuresOfStub}) IS DISTINCT FROM (${figuresOfPay})
      RETURNING stub.*
    ), added AS (
      INSERT INTO public.pay_stubs (staff_id, pay_period_id, ${figures})
      SELECT pay."staffId", ${payPeriodId}, ${figuresOfPay}
      FROM pay WHERE NOT EXISTS (SELECT FROM before WHERE before.staff_id = pay."staffId")
      RETURNING *
    )
    INSERT INTO public.payroll_audit
      (table_name, record_id, action, old_values, new_values, changed_by, reason)
    SELECT 'pay_stubs', changed.id, 'update', to_jsonb(before), to_jsonb(changed), ${by}::text, 'runPayroll'
    FROM changed JOIN before ON before.id = changed.id
    UNION ALL
    SELECT 'pay_stubs', added.id, 'insert', NULL, to_jsonb(added), ${by}::text, 'runPayroll' FROM added`,
  samples: [
    {
      payPeriodId: 'pp1',
      by: 'admin',
      pays: [
        {
          staffId: 's1',
          regularHours: 80,
          overtimeHours: 0,
          totalHours: 80,
          regularPay: 164_000,
          overtimePay: 0,
          grossPay: 164_000,
          federalTax: 0,
          stateTax: 0,
          socialSecurityTax: 10_168,
          medicareTax: 2378,
          healthInsurance: 0,
          retirement401k: 0,
          otherDeductions: 0,
          totalDeductions: 12_546,
          netPay: 151_454,
        },
      ],
    },
  ],
});

/** Marks a period as paid, with the sums of its pay stubs, and writes that into the audit. */
export const finishPayPeriod = defineQuery({
  name: 'finishPayPeriod',
  access: 'write',
  input: z.strictObject({ id, by: id }),
  row: payPeriodsRow,
  rows: 'one',
  sql: (input) => sql`
    WITH before AS MATERIALIZED (
      SELECT old.* FROM public.pay_periods AS old WHERE old.id = ${input.id}
    ), period AS (
      UPDATE public.pay_periods AS period
      SET status = 'paid', total_gross_pay = total.gross, total_net_pay = total.net,
        total_taxes = total.taxes, processed_by = ${input.by}, processed_at = ${utcNow},
        updated_at = ${utcNow}
      FROM (
        SELECT coalesce(sum(stub.gross_pay), 0) AS gross, coalesce(sum(stub.net_pay), 0) AS net,
          coalesce(sum(stub.federal_tax + stub.state_tax + stub.social_security_tax
            + stub.medicare_tax), 0) AS taxes
        FROM public.pay_stubs AS stub WHERE stub.pay_period_id = ${input.id}
      ) AS total
      WHERE period.id = ${input.id}
      RETURNING period.*
    ), audited AS (
      INSERT INTO public.payroll_audit
        (table_name, record_id, action, old_values, new_values, changed_by, reason)
      SELECT 'pay_periods', period.id, 'update', to_jsonb(before), to_jsonb(period), ${input.by},
        'runPayroll'
      FROM period JOIN before ON before.id = period.id
    )
    SELECT ${payPeriodColumns} FROM period`,
  samples: [{ id: 'pp1', by: 'admin' }],
});

/** Counts the entries of a period's days that nobody has been paid for: not approved, or not clocked out. */
export const countEntriesLeftOut = defineQuery({
  name: 'countEntriesLeftOut',
  access: 'read',
  input: z.strictObject({ payPeriodId: id }),
  row: z.object({ count: pgType.int4 }),
  rows: 'one',
  sql: ({ payPeriodId }) => sql`
    SELECT count(*)::int AS count
    FROM public.pay_periods AS period
    JOIN public.timesheet_entries AS entry ON entry.date BETWEEN period.start_date AND period.end_date
    WHERE period.id = ${payPeriodId}
      AND (entry.is_approved IS NOT TRUE
        OR (entry.clock_in_time IS NULL) <> (entry.clock_out_time IS NULL))`,
  samples: [{ payPeriodId: 'pp1' }],
});
