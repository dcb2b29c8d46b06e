// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Invoices for a child and a period */
export const billingRow = z.object({
  id: pgType.text,
  childId: pgType.text,
  periodStart: pgType.timestamp,
  periodEnd: pgType.timestamp,
  attendanceDays: pgType.int4,
  tuitionAmount: pgType.int4,
  extraFees: pgType.int4.nullable(),
  totalAmount: pgType.int4,
  status: pgType.text.nullable(),
  quickbooksId: pgType.text.nullable(),
  dueDate: pgType.timestamp,
  createdAt: pgType.timestamp.nullable(),
});
