/** What happened at each device. */
import { z } from 'zod';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import {
  securityDevicesRow,
  securityLogsAction,
  securityLogsMethod,
  securityLogsRow,
} from '../../rows/index.ts';

const logColumns = sql`
  log.id, log.device_id AS "deviceId", log.user_id AS "userId", log.action, log.method, log.success, log.details,
  log.ip_address AS "ipAddress", log.timestamp`;

/** Notes what happened at a device. The details are for people: never put a PIN or a card number into them. */
export const logSecurityEvent = defineQuery({
  name: 'logSecurityEvent',
  access: 'write',
  input: z.strictObject({
    deviceId: id,
    userId: id.nullish(),
    action: securityLogsAction,
    method: securityLogsMethod.nullish(),
    success: z.boolean(),
    details: filledText(500).nullish(),
    ipAddress: filledText(100).nullish(),
  }),
  row: securityLogsRow,
  rows: 'one',
  sql: ({ deviceId, userId, action, method, success, details, ipAddress }) => sql`
    INSERT INTO public.security_logs AS log
      (device_id, user_id, action, method, success, details, ip_address, timestamp)
    VALUES (${deviceId}, ${userId ?? null}, ${action}, ${method ?? null}, ${success}, ${details ?? null},
      ${ipAddress ?? null}, ${utcNow})
    RETURNING ${logColumns}`,
  samples: [{ deviceId: 'd1', action: 'unlock', method: 'pin', success: true }],
});

/**
 * Lists what happened at one device or at all, with the names of the devices, newest first, page by page.
 *
 * @example
 * await listSecurityLogs(db, { deviceId, limit: 50 });
 * // SELECT … FROM public.security_logs AS log LEFT JOIN public.security_devices AS device ON device.id = log.device_id
 * // WHERE log.device_id = $1 AND TRUE ORDER BY log.timestamp DESC, log.id DESC LIMIT $2
 */
export const listSecurityLogs = defineKeysetQuery({
  name: 'listSecurityLogs',
  input: z.strictObject({ deviceId: id.optional() }),
  row: securityLogsRow.extend({
    deviceName: securityDevicesRow.shape.name.nullable(),
    deviceLocation: securityDevicesRow.shape.location.nullable(),
  }),
  order: [
    { sql: sql`log.timestamp`, type: 'timestamp', direction: 'desc', nullable: true },
    { sql: sql`log.id`, type: 'text', direction: 'desc' },
  ],
  sql: ({ deviceId }, page) => sql`
    SELECT ${logColumns}, device.name AS "deviceName", device.location AS "deviceLocation", ${page.cursor}
    FROM public.security_logs AS log
    LEFT JOIN public.security_devices AS device ON device.id = log.device_id
    WHERE ${sql.and([deviceId !== undefined && sql`log.device_id = ${deviceId}`])} AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{}, { deviceId: 'd1' }],
});
