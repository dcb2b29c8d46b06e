// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Periods that are paid together */
export const payPeriodsRow = z.object({
  id: pgType.text,
  startDate: pgType.date,
  endDate: pgType.date,
  payDate: pgType.date,
  status: pgType.text.nullable(),
  totalGrossPay: pgType.int4.nullable(),
  totalNetPay: pgType.int4.nullable(),
  totalTaxes: pgType.int4.nullable(),
  /** The actor, see principals */
  processedBy: pgType.text.nullable(),
  processedAt: pgType.timestamp.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
});
