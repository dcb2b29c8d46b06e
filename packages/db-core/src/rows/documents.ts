// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** The licences, certificates and insurances of the house */
export const documentsRow = z.object({
  id: pgType.text,
  documentTypeId: pgType.text,
  title: pgType.text,
  description: pgType.text.nullable(),
  issueDate: pgType.timestamp,
  expirationDate: pgType.timestamp,
  status: pgType.text,
  documentNumber: pgType.text.nullable(),
  issuingAuthority: pgType.text.nullable(),
  contactInfo: pgType.text.nullable(),
  filePath: pgType.text.nullable(),
  lastReminderSent: pgType.timestamp.nullable(),
  isActive: pgType.bool,
  /** The actor, see principals */
  createdBy: pgType.text,
  /** The actor, see principals */
  updatedBy: pgType.text.nullable(),
  createdAt: pgType.timestamp,
  updatedAt: pgType.timestamp,
});
