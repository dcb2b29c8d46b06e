// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** What happened at each device */
export const securityLogsRow = z.object({
  id: pgType.text,
  deviceId: pgType.text,
  /** The actor, see principals */
  userId: pgType.text.nullable(),
  action: pgType.text,
  method: pgType.text.nullable(),
  success: pgType.bool,
  details: pgType.text.nullable(),
  ipAddress: pgType.text.nullable(),
  timestamp: pgType.timestamp.nullable(),
});
