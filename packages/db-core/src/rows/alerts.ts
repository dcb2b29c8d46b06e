// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Warnings shown to the staff, raised by rules such as a ratio that is not met */
export const alertsRow = z.object({
  id: pgType.text,
  type: pgType.text,
  message: pgType.text,
  room: pgType.text.nullable(),
  /** info, low, medium, warning, high or critical; one part of the application writes HIGH */
  severity: pgType.text,
  isRead: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
});
