// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Who changed what in payroll */
export const payrollAuditRow = z.object({
  id: pgType.text,
  /** Kind of record; entity_type under its older name */
  tableName: pgType.text,
  /** The record; entity_id under its older name */
  recordId: pgType.text,
  action: pgType.text,
  oldValues: pgType.jsonb.nullable(),
  newValues: pgType.jsonb.nullable(),
  /** The actor, see principals */
  changedBy: pgType.text.nullable(),
  changedAt: pgType.timestamp.nullable(),
  /** Kind of record; the same fact as table_name under the name that newer code uses */
  entityType: pgType.text.nullable(),
  /** The record; the same fact as record_id under the name that newer code uses */
  entityId: pgType.text.nullable(),
  /** Who did it; the same fact as changed_by under the name that newer code uses */
  performedBy: pgType.text.nullable(),
  /** Why it was done, in words */
  reason: pgType.text.nullable(),
  /** When the row was written, in UTC */
  createdAt: pgType.timestamp.nullable(),
});
