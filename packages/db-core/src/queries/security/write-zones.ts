/** Zones are made, changed and removed; their devices are linked and unlinked. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { assignments, patch } from '../../query/patch.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { zoneColumns, zoneRow } from './zones.ts';

/** JSON as text, which is how the column holds it. */
const accessRules = filledText(20_000).refine((text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
});

const settings = {
  name: filledText(255),
  description: filledText(2_000).nullable(),
  accessRules,
  isActive: z.boolean(),
};
const deviceIds = z.array(id).max(1_000);

/**
 * Makes a zone with its devices, in one statement.
 *
 * @throws ForeignKeyViolationError for a device that does not exist; then no zone is made either
 */
export const createSecurityZone = defineQuery({
  name: 'createSecurityZone',
  access: 'write',
  input: z.strictObject({
    name: settings.name,
    description: settings.description.default(null),
    accessRules,
    isActive: settings.isActive.default(true),
    deviceIds: deviceIds.default([]),
  }),
  row: zoneRow,
  rows: 'one',
  sql: (zone) => sql`
    WITH made AS (
      INSERT INTO public.security_zones AS zone (name, description, access_rules, is_active, created_at, updated_at)
      VALUES (${zone.name}, ${zone.description}, ${zone.accessRules}, ${zone.isActive}, ${utcNow}, ${utcNow})
      RETURNING ${zoneColumns}
    ), linked AS (
      INSERT INTO public.security_zone_devices (zone_id, device_id)
      SELECT made.id, listed.id
      FROM made CROSS JOIN (SELECT DISTINCT unnest(${sql.array(zone.deviceIds, 'text')})) AS listed (id)
    )
    SELECT id, name, description, "accessRules", "isActive", "createdAt", "updatedAt" FROM made`,
  samples: [{ name: 'Entrances', accessRules: '{}', deviceIds: ['d1'] }],
});

/** Changes a zone; for its devices see `setZoneDevices`. */
export const updateSecurityZone = defineQuery({
  name: 'updateSecurityZone',
  access: 'write',
  input: z.strictObject({ id, patch: patch(settings) }),
  row: zoneRow,
  rows: 'one',
  sql: ({ id, patch }) => sql`
    UPDATE public.security_zones AS zone
    SET ${assignments(
      {
        name: 'name',
        description: 'description',
        accessRules: 'access_rules',
        isActive: 'is_active',
      },
      patch,
    )}, updated_at = ${utcNow}
    WHERE zone.id = ${id}
    RETURNING ${zoneColumns}`,
  samples: [
    { id: 'z1', patch: { name: 'Doors' } },
    {
      id: 'z1',
      patch: { name: 'Doors', description: null, accessRules: '{}', isActive: true },
    },
  ],
});

/** Deletes a zone, not its devices; gives 0 when it is not there. */
export const deleteSecurityZone = defineQuery({
  name: 'deleteSecurityZone',
  access: 'write',
  input: z.strictObject({ id }),
  row: null,
  rows: 'none',
  sql: ({ id }) => sql`DELETE FROM public.security_zones WHERE id = ${id}`,
  samples: [{ id: 'z1' }],
});
