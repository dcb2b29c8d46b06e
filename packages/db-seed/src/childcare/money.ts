import type { GeneratorContext, ReferencedRow, SeedValue, ValueGenerator } from '../profile.ts';
import { after, dayAt, momentOf, monthStart, numberOf } from './calendar.ts';
import { idOf, oneOf, sometimes } from './choices.ts';

// Amounts are whole cents.
const payPeriodOf = (context: GeneratorContext): ReferencedRow | undefined => {
  const { row } = context;
  return context.rows('payPeriods').find((one) => one.id === row.pay_period_id);
};

/** Integers that add up: net pay is gross pay less taxes. */
function payTotals({ random }: GeneratorContext): SeedValue {
  const gross = random.integer(800, 2400) * 1000;
  const taxes = Math.round(gross * 0.22);
  return { employees: random.integer(4, 10), grossPay: gross, taxes, netPay: gross - taxes };
}

const changes: Readonly<Record<string, readonly [before: SeedValue, after: SeedValue]>> = {
  create: [null, { status: 'open' }],
  update: [{ status: 'open' }, { status: 'processing' }],
  approve: [{ status: 'processing' }, { status: 'paid' }],
};
const changeOf = ({ row }: GeneratorContext): readonly [SeedValue, SeedValue] =>
  changes[String(row.action)] ?? [null, null];

/** Billing, and the payroll's reports and audit trail. */
export const moneyColumns: Readonly<Record<string, ValueGenerator>> = {
  'billing.period_start': ({ now, random }) => monthStart(now, -random.integer(1, 4)),
  'billing.period_end': (context) => {
    const start = momentOf(context.row.period_start, context);
    return after(monthStart(start, 1), -24);
  },
  'billing.due_date': (context) => after(momentOf(context.row.period_end, context), 15 * 24),
  'billing.attendance_days': ({ random }) => random.integer(8, 21),
  'billing.tuition_amount': ({ row, random }) =>
    numberOf(row.attendance_days) * random.integer(45, 80) * 100,
  'billing.extra_fees': ({ random }) => (random.chance(0.4) ? random.integer(1, 8) * 500 : 0),
  'billing.total_amount': ({ row }) => numberOf(row.tuition_amount) + numberOf(row.extra_fees),
  'billing.status': (context) =>
    momentOf(context.row.due_date, context) < context.now
      ? oneOf('paid', 'paid', 'overdue')(context)
      : oneOf('pending', 'sent')(context),
  'billing.quickbooks_id': () => null,
  'billing.created_at': (context) => after(momentOf(context.row.period_end, context), 9),

  'payroll_reports.report_type': oneOf('summary', 'detailed', 'tax'),
  'payroll_reports.report_data': (context) => ({
    period: {
      start: payPeriodOf(context)?.start_date ?? null,
      end: payPeriodOf(context)?.end_date ?? null,
    },
    totals: payTotals(context),
  }),
  'payroll_reports.generated_by': idOf('staff'),
  'payroll_reports.generated_at': (context) =>
    after(momentOf(payPeriodOf(context)?.pay_date ?? undefined, context), 10),
  'payroll_reports.report_pdf_url': sometimes(
    0.5,
    ({ random }) => `https://example.org/payroll/${random.hex(10)}.pdf`,
  ),
  'payroll_reports.created_at': (context) => momentOf(context.row.generated_at, context),

  'payroll_audit.table_name': () => 'pay_periods',
  'payroll_audit.record_id': (context) => idOf('payPeriods')(context) ?? context.random.uuid(),
  'payroll_audit.action': oneOf('create', 'update', 'approve'),
  'payroll_audit.old_values': (context) => changeOf(context)[0],
  'payroll_audit.new_values': (context) => changeOf(context)[1],
  'payroll_audit.changed_by': idOf('staff'),
  'payroll_audit.changed_at': (context) =>
    dayAt(context.now, -context.random.integer(1, 40), context.random.integer(9, 17)),
  'payroll_audit.entity_type': () => 'pay_period',
  'payroll_audit.entity_id': ({ row }) => row.record_id ?? null,
  'payroll_audit.performed_by': ({ row }) => row.changed_by ?? null,
  'payroll_audit.reason': sometimes(0.5, oneOf('Corrected hours', 'Month end')),
  'payroll_audit.created_at': (context) => momentOf(context.row.changed_at, context),
};
