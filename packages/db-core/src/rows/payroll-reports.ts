// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Reports made for a pay period */
export const payrollReportsRow = z.object({
  id: pgType.text,
  payPeriodId: pgType.text,
  reportType: pgType.text,
  reportData: pgType.jsonb.nullable(),
  /** The actor, see principals */
  generatedBy: pgType.text.nullable(),
  generatedAt: pgType.timestamp.nullable(),
  reportPdfUrl: pgType.text.nullable(),
  /** When the row was written, in UTC */
  createdAt: pgType.timestamp.nullable(),
});
