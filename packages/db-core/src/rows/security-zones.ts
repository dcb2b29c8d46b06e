// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Groups of devices with common rules of access */
export const securityZonesRow = z.object({
  id: pgType.text,
  name: pgType.text,
  description: pgType.text.nullable(),
  /**
   * Ids of devices, written by older code; security_zone_devices says the same and is kept in step
   */
  deviceIds: pgType.textArray.nullable(),
  /** JSON as text that the application parses */
  accessRules: pgType.text,
  isActive: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
  updatedAt: pgType.timestamp.nullable(),
});
