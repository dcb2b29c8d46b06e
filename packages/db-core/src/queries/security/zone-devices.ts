import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { defineQuery, type InputOf, type RowOf } from '../../query/define-query.ts';
import { id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { securityZonesRow } from '../../rows/index.ts';
import { withTransaction } from '../../transaction/with-transaction.ts';
import { changedLinks, replaceLinks } from '../replace-links.ts';

/** Waits for whoever is changing a zone, until the transaction ends. */
export const lockSecurityZone = defineQuery({
  name: 'lockSecurityZone',
  access: 'write',
  input: z.strictObject({ id }),
  row: securityZonesRow.pick({ id: true }),
  rows: 'one',
  sql: ({ id }) => sql`SELECT id FROM public.security_zones WHERE id = ${id} FOR NO KEY UPDATE`,
  samples: [{ id: 'z1' }],
});

/** What `setZoneDevices` asks under its lock. */
export const replaceZoneDevices = defineQuery({
  name: 'replaceZoneDevices',
  access: 'write',
  input: z.strictObject({ zoneId: id, deviceIds: z.array(id).max(1_000) }),
  row: changedLinks,
  rows: 'one',
  sql: ({ zoneId, deviceIds }) =>
    replaceLinks(
      { table: sql`public.security_zone_devices`, owner: sql`zone_id`, member: sql`device_id` },
      zoneId,
      deviceIds,
    ),
  samples: [{ zoneId: 'z1', deviceIds: ['d1'] }],
});

/**
 * Makes these, and no others, the devices of a zone; gives how many came or went. Two at once follow one another.
 *
 * @throws NotFoundError
 * @throws ForeignKeyViolationError for a device that does not exist
 *
 * @example
 * await setZoneDevices(db, { zoneId, deviceIds: ['d1', 'd2'] });
 * // BEGIN; SELECT … FOR NO KEY UPDATE; WITH gone AS (DELETE …), come AS (INSERT …) SELECT … AS changed; COMMIT
 */
export function setZoneDevices(
  db: WriteDatabase,
  input: InputOf<typeof replaceZoneDevices>,
): Promise<RowOf<typeof replaceZoneDevices>> {
  return withTransaction(db, {}, async (tx) => {
    await lockSecurityZone(tx, { id: input.zoneId });
    return replaceZoneDevices(tx, input);
  });
}
