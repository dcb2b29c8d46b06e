// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** What one person earned in one period */
export const payStubsRow = z.object({
  id: pgType.text,
  staffId: pgType.text,
  payPeriodId: pgType.text,
  regularHours: pgType.int4.nullable(),
  overtimeHours: pgType.int4.nullable(),
  totalHours: pgType.int4.nullable(),
  regularPay: pgType.int4.nullable(),
  overtimePay: pgType.int4.nullable(),
  grossPay: pgType.int4.nullable(),
  federalTax: pgType.int4.nullable(),
  stateTax: pgType.int4.nullable(),
  socialSecurityTax: pgType.int4.nullable(),
  medicareTax: pgType.int4.nullable(),
  healthInsurance: pgType.int4.nullable(),
  retirement401k: pgType.int4.nullable(),
  otherDeductions: pgType.int4.nullable(),
  totalDeductions: pgType.int4.nullable(),
  netPay: pgType.int4.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
  /** Where the printable pay stub is */
  payStubPdfUrl: pgType.text.nullable(),
});
