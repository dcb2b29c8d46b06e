/** Devices are registered, changed and removed. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { assignments, patch } from '../../query/patch.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import {
  securityDevicesConnectionType,
  securityDevicesFailSafeMode,
  securityDevicesStatus,
  securityDevicesType,
} from '../../rows/index.ts';
import { deviceColumns, deviceRow } from './devices.ts';
import { storedCiphertext } from './stored-secret.ts';

const SECRET_NAME = /key|token|secret|pass|pwd|auth|cred|bearer|private|hmac/i;

/** How to reach a device, without what proves who asks: that belongs encrypted into `connectionConfigCiphertext`. */
const connectionConfig = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,39}$/)
      .refine((name) => !SECRET_NAME.test(name)),
    z.union([filledText(255), z.number(), z.boolean(), z.null()]),
  )
  .refine((config) => Object.keys(config).length <= 20)
  .transform((config) => JSON.stringify(config));

const settings = {
  name: filledText(255),
  type: securityDevicesType,
  location: filledText(255),
  connectionType: securityDevicesConnectionType,
  connectionConfig,
  connectionConfigCiphertext: storedCiphertext.nullable(),
  isEnabled: z.boolean(),
  unlockDuration: z.int().min(1).max(3_600),
  failSafeMode: securityDevicesFailSafeMode,
};

/**
 * Registers a device, offline until it is heard of. A ciphertext is bound to the row: choose the id before you
 * encrypt, and give it here.
 *
 * @throws InvalidInputError also when a member of the configuration is named like a secret
 *
 * @example
 * await createSecurityDevice(db, { name: 'Front', type: 'keypad', location: 'Front Door', connectionType: 'network',
 *   connectionConfig: { ip: '192.0.2.1', port: 443 } });
 * // INSERT INTO public.security_devices AS device (id, name, …) VALUES (coalesce($1, gen_random_uuid()::text), $2, …)
 */
export const createSecurityDevice = defineQuery({
  name: 'createSecurityDevice',
  access: 'write',
  input: z.strictObject({
    ...settings,
    id: id.optional(),
    connectionConfigCiphertext: settings.connectionConfigCiphertext.default(null),
    isEnabled: settings.isEnabled.default(true),
    unlockDuration: settings.unlockDuration.default(5),
    failSafeMode: settings.failSafeMode.default('secure'),
  }),
  row: deviceRow,
  rows: 'one',
  sql: (device) => sql`
    INSERT INTO public.security_devices AS device (id, name, type, location, connection_type, connection_config,
      connection_config_ciphertext, is_enabled, unlock_duration, fail_safe_mode, status, created_at, updated_at)
    VALUES (coalesce(${device.id ?? null}, gen_random_uuid()::text), ${device.name}, ${device.type},
      ${device.location}, ${device.connectionType}, ${device.connectionConfig}, ${device.connectionConfigCiphertext},
      ${device.isEnabled}, ${device.unlockDuration}, ${device.failSafeMode}, 'offline', ${utcNow}, ${utcNow})
    RETURNING ${deviceColumns}`,
  samples: [
    {
      name: 'Front',
      type: 'keypad',
      location: 'Front Door',
      connectionType: 'network',
      connectionConfig: { ip: '192.0.2.1', port: 443 },
    },
  ],
});

/** Changes a device. */
export const updateSecurityDevice = defineQuery({
  name: 'updateSecurityDevice',
  access: 'write',
  input: z.strictObject({ id, patch: patch(settings) }),
  row: deviceRow,
  rows: 'one',
  sql: ({ id, patch }) => sql`
    UPDATE public.security_devices AS device
    SET ${assignments(
      {
        name: 'name',
        type: 'type',
        location: 'location',
        connectionType: 'connection_type',
        connectionConfig: 'connection_config',
        connectionConfigCiphertext: 'connection_config_ciphertext',
        isEnabled: 'is_enabled',
        unlockDuration: 'unlock_duration',
        failSafeMode: 'fail_safe_mode',
      },
      patch,
    )}, updated_at = ${utcNow}
    WHERE device.id = ${id}
    RETURNING ${deviceColumns}`,
  samples: [
    { id: 'd1', patch: { name: 'Front' } },
    {
      id: 'd1',
      patch: {
        name: 'Front',
        type: 'keypad',
        location: 'Front Door',
        connectionType: 'network',
        connectionConfig: {},
        connectionConfigCiphertext: null,
        isEnabled: true,
        unlockDuration: 5,
        failSafeMode: 'secure',
      },
    },
  ],
});

/** Notes the state of a device; one that is online was heard of just now. */
export const setSecurityDeviceStatus = defineQuery({
  name: 'setSecurityDeviceStatus',
  access: 'write',
  input: z.strictObject({ id, status: securityDevicesStatus }),
  row: deviceRow,
  rows: 'one',
  sql: ({ id, status }) => sql`
    UPDATE public.security_devices AS device
    SET status = ${status}, updated_at = ${utcNow},
      last_ping = CASE WHEN ${status} = 'online' THEN ${utcNow} ELSE device.last_ping END
    WHERE device.id = ${id}
    RETURNING ${deviceColumns}`,
  samples: [{ id: 'd1', status: 'online' }],
});

/**
 * Deletes a device and takes it out of its zones; gives 0 when it is not there. One with credentials or a log is
 * refused by their foreign keys: disable it instead.
 */
export const deleteSecurityDevice = defineQuery({
  name: 'deleteSecurityDevice',
  access: 'write',
  input: z.strictObject({ id }),
  row: null,
  rows: 'none',
  sql: ({ id }) => sql`DELETE FROM public.security_devices WHERE id = ${id}`,
  samples: [{ id: 'd1' }],
});
