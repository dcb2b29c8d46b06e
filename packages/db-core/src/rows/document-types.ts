// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Kinds of licences, certificates and insurances, and how often they are renewed */
export const documentTypesRow = z.object({
  id: pgType.text,
  name: pgType.text,
  category: pgType.text,
  description: pgType.text.nullable(),
  isRequired: pgType.bool,
  renewalFrequency: pgType.text,
  customFrequencyDays: pgType.int4.nullable(),
  alertDaysBefore: pgType.int4,
  regulatoryBody: pgType.text.nullable(),
  complianceNotes: pgType.text.nullable(),
  createdAt: pgType.timestamp,
  updatedAt: pgType.timestamp,
});
