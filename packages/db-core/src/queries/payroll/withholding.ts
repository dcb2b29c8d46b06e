/** What is kept back from a pay. Taxes on income differ by year, state and household: the caller brings them along. */

/** What a withholding is reckoned from. Money is whole cents. */
export interface Earnings {
  readonly staffId: string;
  readonly regularPay: number;
  readonly overtimePay: number;
  readonly grossPay: number;
  /** Gross pay of the periods paid earlier in the year of the pay date, for what ends at a limit. */
  readonly yearToDateGrossPay: number;
  readonly taxFilingStatus: string | null;
  readonly w4Allowances: number;
  readonly additionalTaxWithholding: number;
  /** Pay days in a year; 365 by the days for an odd period. */
  readonly periodsPerYear: number;
  /** Day of the payment, `YYYY-MM-DD`. */
  readonly payDate: string;
}

/** What is kept back, in whole cents from 0; what is absent is 0. */
export interface Withholding {
  readonly federalTax?: number;
  readonly stateTax?: number;
  readonly socialSecurityTax?: number;
  readonly medicareTax?: number;
  readonly healthInsurance?: number;
  readonly retirement401k?: number;
  readonly otherDeductions?: number;
}

/**
 * Social Security and Medicare at 6.2 and 1.45 per cent (26 U.S.C. 3101), without the limits of a year, and the
 * additional federal tax that the person asked for. No income tax: give `runPayroll` a withholding of your own for it.
 */
export function socialSecurityAndMedicare(earnings: Earnings): Withholding {
  const socialSecurityTax = Math.round(earnings.grossPay * 0.062);
  const medicareTax = Math.round(earnings.grossPay * 0.0145);
  const left = earnings.grossPay - socialSecurityTax - medicareTax;
  return {
    socialSecurityTax,
    medicareTax,
    federalTax: Math.min(earnings.additionalTaxWithholding, left),
  };
}
