import type { WriteDatabase } from '../../database/database.ts';
import { NotFoundError } from '../../errors.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { claimEarnings } from './earnings.ts';
import { DuplicatePayStubsError, MissingPayRateError, PayPeriodFinishedError } from './errors.ts';
import { payOf } from './pay.ts';
import type { PayPeriod } from './pay-period.ts';
import type { PayStub } from './pay-stub.ts';
import { periodsPerYear } from './periods-per-year.ts';
import { listPayStubs } from './read-pay-stubs.ts';
import { type Earnings, socialSecurityAndMedicare, type Withholding } from './withholding.ts';
import { countEntriesLeftOut, finishPayPeriod, lockPayPeriod, writePayStubs } from './write-pay.ts';

/** Which period is paid, and who does it. */
export interface PayrollInput {
  readonly payPeriodId: string;
  /** Id of the actor, for the audit. */
  readonly by: string;
  /**
   * Periods of a year, which a salary is divided by.
   * @default what the days of the period suggest, see `periodsPerYear`
   */
  readonly periodsPerYear?: number | undefined;
  /**
   * Reckons what is kept back from a pay. Called within the transaction, and again when that is run again.
   * @default socialSecurityAndMedicare, which knows no income tax
   */
  readonly withhold?: ((earnings: Earnings) => Withholding) | undefined;
}

/** A payroll that was run. Money is whole cents. */
export interface Payroll {
  readonly period: PayPeriod;
  readonly stubs: readonly PayStub[];
  readonly totals: {
    readonly grossPay: number;
    readonly netPay: number;
    readonly taxes: number;
  };
  /** Entries of the period's days that were not paid: not approved, or not clocked out. */
  readonly entriesLeftOut: number;
}

/**
 * Pays a period, once: locks it, claims the approved entries, writes a pay stub for each of the staff, sums them up
 * in the period, marks that as paid and keeps it all in `payroll_audit`; all of it or nothing. A run that was left
 * unfinished by other code is completed, not repeated. How pay is reckoned stands in `earnings.ts`.
 *
 * @throws PayPeriodFinishedError for a period that is paid or closed; of two runs at once, one gets it
 * @throws MissingPayRateError
 * @throws DuplicatePayStubsError
 * @throws WithholdingError
 * @throws NotFoundError
 *
 * @example
 * const { stubs, totals } = await runPayroll(db, { payPeriodId, by: 'staff-7', withhold });
 * // BEGIN
 * // SELECT … FROM public.pay_periods AS period WHERE period.id = $1 FOR UPDATE
 * // WITH period AS (…), claimed AS (UPDATE public.timesheet_entries …) … SELECT …
 * // WITH pay AS (…) … INSERT INTO public.payroll_audit …
 * // WITH before AS (…), period AS (UPDATE public.pay_periods …) … SELECT …
 * // COMMIT
 */
export function runPayroll(db: WriteDatabase, input: PayrollInput): Promise<Payroll> {
  const { payPeriodId, by, withhold = socialSecurityAndMedicare } = input;
  return withTransaction(db, {}, async (tx) => {
    const open = await lockPayPeriod(tx, { id: payPeriodId });
    if (open === null) throw new NotFoundError('runPayroll found no pay period of that id.');
    if (open.status === 'paid' || open.status === 'closed') throw new PayPeriodFinishedError();

    const earners = await claimEarnings(tx, { payPeriodId });
    const ids = (those: typeof earners) => those.map(({ staffId }) => staffId);
    const twice = earners.filter(({ stubCount }) => stubCount > 1);
    if (twice.length > 0) throw new DuplicatePayStubsError(ids(twice));
    const unpaid = earners.filter(({ payType, lacksRate, salaryAmount }) =>
      payType === 'salary' ? salaryAmount === null : lacksRate,
    );
    if (unpaid.length > 0) throw new MissingPayRateError(ids(unpaid));

    const perYear = input.periodsPerYear ?? periodsPerYear(open.startDate, open.endDate);
    const pays = earners.map((earner) =>
      payOf(earner, { payDate: open.payDate, perYear, withhold }),
    );
    if (pays.length > 0) await writePayStubs(tx, { payPeriodId, by, pays });
    const period = await finishPayPeriod(tx, { id: payPeriodId, by });
    const stubs = await listPayStubs(tx, { payPeriodId });
    const { count: entriesLeftOut } = await countEntriesLeftOut(tx, { payPeriodId });
    const { totalGrossPay, totalNetPay, totalTaxes } = period;
    return {
      period,
      stubs,
      totals: { grossPay: totalGrossPay ?? 0, netPay: totalNetPay ?? 0, taxes: totalTaxes ?? 0 },
      entriesLeftOut,
    };
  });
}
