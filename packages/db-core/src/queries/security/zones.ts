/** Groups of devices with common rules of access. Which devices is told by the links, not by the older array. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { securityDevicesRow, securityZonesRow } from '../../rows/index.ts';

/** A zone without the older array of its devices. */
export const zoneRow = securityZonesRow.omit({ deviceIds: true });

/** The columns of `zoneRow`; the table is called `zone`. */
export const zoneColumns = sql`
  zone.id, zone.name, zone.description, zone.access_rules AS "accessRules", zone.is_active AS "isActive",
  zone.created_at AS "createdAt", zone.updated_at AS "updatedAt"`;

/** Lists the zones by name, each with the ids of its devices; 1,000 at the most. */
export const listSecurityZones = defineQuery({
  name: 'listSecurityZones',
  access: 'read',
  input: z.strictObject({}),
  row: zoneRow.extend({ deviceIds: pgType.textArray }),
  rows: 'many',
  sql: () => sql`
    SELECT ${zoneColumns}, ARRAY(
        SELECT link.device_id::text FROM public.security_zone_devices AS link
        WHERE link.zone_id = zone.id ORDER BY link.device_id
      ) AS "deviceIds"
    FROM public.security_zones AS zone ORDER BY zone.name, zone.id LIMIT 1000`,
  samples: [{}],
});

/** Lists the devices of a zone by location and name, without how to reach them. */
export const zoneDevices = defineQuery({
  name: 'zoneDevices',
  access: 'read',
  input: z.strictObject({ zoneId: id }),
  row: securityDevicesRow.pick({
    id: true,
    name: true,
    type: true,
    location: true,
    isEnabled: true,
    status: true,
    lastPing: true,
  }),
  rows: 'many',
  sql: ({ zoneId }) => sql`
    SELECT device.id, device.name, device.type, device.location, device.is_enabled AS "isEnabled", device.status,
      device.last_ping AS "lastPing"
    FROM public.security_zone_devices AS link
    JOIN public.security_devices AS device ON device.id = link.device_id
    WHERE link.zone_id = ${zoneId}
    ORDER BY device.location, device.name, device.id`,
  samples: [{ zoneId: 'z1' }],
});
