// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Each renewal of a licence or certificate */
export const documentRenewalsRow = z.object({
  id: pgType.text,
  documentId: pgType.text,
  previousExpirationDate: pgType.timestamp,
  newExpirationDate: pgType.timestamp,
  renewalDate: pgType.timestamp,
  cost: pgType.text.nullable(),
  /** The actor, see principals */
  processedBy: pgType.text,
  notes: pgType.text.nullable(),
  filePath: pgType.text.nullable(),
  createdAt: pgType.timestamp,
});
