/**
 * Locks, keypads and readers. How to reach one may name an API key, in the clear in old rows: ordinary reads leave
 * the connection out, and only `getSecurityDeviceConnection` gives it, for the process that talks to the device.
 */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { securityDevicesRow } from '../../rows/index.ts';

/** A device without how to reach it. */
export const deviceRow = securityDevicesRow.omit({
  connectionConfig: true,
  connectionConfigCiphertext: true,
});

/** The columns of `deviceRow`; the table is called `device`. */
export const deviceColumns = sql`
  device.id, device.name, device.type, device.location, device.connection_type AS "connectionType",
  device.is_enabled AS "isEnabled", device.unlock_duration AS "unlockDuration",
  device.fail_safe_mode AS "failSafeMode", device.last_ping AS "lastPing", device.status,
  device.created_at AS "createdAt", device.updated_at AS "updatedAt"`;

const order = sql`ORDER BY device.location, device.name, device.id LIMIT 1000`;

/** Lists the devices by location and name; 1,000 at the most. */
export const listSecurityDevices = defineQuery({
  name: 'listSecurityDevices',
  access: 'read',
  input: z.strictObject({}),
  row: deviceRow,
  rows: 'many',
  sql: () => sql`SELECT ${deviceColumns} FROM public.security_devices AS device ${order}`,
  samples: [{}],
});

/** Lists the devices at a location by name. */
export const listSecurityDevicesByLocation = defineQuery({
  name: 'listSecurityDevicesByLocation',
  access: 'read',
  input: z.strictObject({ location: filledText(255) }),
  row: deviceRow,
  rows: 'many',
  sql: ({ location }) => sql`
    SELECT ${deviceColumns} FROM public.security_devices AS device WHERE device.location = ${location} ${order}`,
  samples: [{ location: 'Front Door' }],
});

/** Finds a device. */
export const getSecurityDevice = defineQuery({
  name: 'getSecurityDevice',
  access: 'read',
  input: z.strictObject({ id }),
  row: deviceRow,
  rows: 'maybeOne',
  sql: ({ id }) => sql`
    SELECT ${deviceColumns} FROM public.security_devices AS device WHERE device.id = ${id}`,
  samples: [{ id: 'd1' }],
});

/** Reads how to reach a device, secrets and all: only for the process that talks to it, never for an answer. */
export const getSecurityDeviceConnection = defineQuery({
  name: 'getSecurityDeviceConnection',
  access: 'read',
  input: z.strictObject({ id }),
  row: securityDevicesRow.pick({
    id: true,
    connectionType: true,
    connectionConfig: true,
    connectionConfigCiphertext: true,
  }),
  rows: 'maybeOne',
  sql: ({ id }) => sql`
    SELECT id, connection_type AS "connectionType", connection_config AS "connectionConfig",
      connection_config_ciphertext AS "connectionConfigCiphertext"
    FROM public.security_devices WHERE id = ${id}`,
  samples: [{ id: 'd1' }],
});
