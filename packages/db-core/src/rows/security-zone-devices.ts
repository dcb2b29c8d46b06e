// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/** Which device guards which zone; kept in step with security_zones.device_ids */
export const securityZoneDevicesRow = z.object({
  /** The zone */
  zoneId: pgType.text,
  /** The device */
  deviceId: pgType.text,
  /** Where the link came from: application, or the column it was made from */
  source: pgType.text,
  /** When the link was made */
  createdAt: pgType.timestamptz,
});
