import type { RowOf } from '../../query/define-query.ts';
import type { claimEarnings } from './earnings.ts';
import { WithholdingError } from './errors.ts';
import type { Earnings, Withholding } from './withholding.ts';

/** What holds for everybody in a period. */
interface PayTerms {
  readonly payDate: string;
  /** Periods of a year. */
  readonly perYear: number;
  readonly withhold: (earnings: Earnings) => Withholding;
}

/**
 * Reckons one pay stub: whole hours and cents, ready to be written.
 *
 * @throws WithholdingError
 */
export function payOf(
  earner: RowOf<typeof claimEarnings>,
  { payDate, perYear, withhold }: PayTerms,
) {
  const isSalaried = earner.payType === 'salary';
  const regularPay = isSalaried
    ? Math.round((earner.salaryAmount ?? 0) / perYear)
    : earner.regularPay;
  const overtimePay = isSalaried ? 0 : earner.overtimePay;
  const grossPay = regularPay + overtimePay;
  const overtimeMinutes = isSalaried ? 0 : earner.overtimeMinutes;
  const regularMinutes = earner.regularMinutes + earner.overtimeMinutes - overtimeMinutes;
  const regularHours = Math.round(regularMinutes / 60);
  const overtimeHours = Math.round(overtimeMinutes / 60);
  const withheld = withhold({
    staffId: earner.staffId,
    regularPay,
    overtimePay,
    grossPay,
    yearToDateGrossPay: earner.yearToDateGrossPay,
    taxFilingStatus: earner.taxFilingStatus,
    w4Allowances: earner.w4Allowances,
    additionalTaxWithholding: earner.additionalTaxWithholding,
    periodsPerYear: perYear,
    payDate,
  });
  const deductions = {
    federalTax: withheld.federalTax ?? 0,
    stateTax: withheld.stateTax ?? 0,
    socialSecurityTax: withheld.socialSecurityTax ?? 0,
    medicareTax: withheld.medicareTax ?? 0,
    healthInsurance: withheld.healthInsurance ?? 0,
    retirement401k: withheld.retirement401k ?? 0,
    otherDeductions: withheld.otherDeductions ?? 0,
  };
  const amounts = Object.values(deductions);
  const totalDeductions = amounts.reduce((sum, amount) => sum + amount, 0);
  const areCents = amounts.every((amount) => Number.isInteger(amount) && amount >= 0);
  if (!areCents || totalDeductions > grossPay) throw new WithholdingError(earner.staffId);
  return {
    staffId: earner.staffId,
    regularHours,
    overtimeHours,
    totalHours: regularHours + overtimeHours,
    regularPay,
    overtimePay,
    grossPay,
    ...deductions,
    totalDeductions,
    netPay: grossPay - totalDeductions,
  };
}
