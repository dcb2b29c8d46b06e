// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** The state whose rules apply, and its ratios; one row is active */
export const stateComplianceRow = z.object({
  id: pgType.text,
  /** Name of a state; not every state that the application offers is in state_ratios */
  state: pgType.text,
  /** JSON as text that the application parses */
  ratiosData: pgType.text,
  federalCompliance: pgType.textArray.nullable(),
  additionalRules: pgType.text.nullable(),
  isActive: pgType.bool.nullable(),
  lastUpdated: pgType.timestamp.nullable(),
  auditLog: pgType.textArray.nullable(),
  createdAt: pgType.timestamp.nullable(),
});
