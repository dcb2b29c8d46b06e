import type { ValueGenerator } from '../profile.ts';
import { after, dayAt } from './calendar.ts';
import { someOf } from './choices.ts';

const zones: readonly (readonly [name: string, description: string])[] = [
  ['Main entrance', 'Front door and lobby'],
  ['Infant wing', 'Rooms of the youngest children'],
  ['Playground', 'Gates to the outdoor area'],
  ['Kitchen', 'Food preparation and storage'],
  ['Office', 'Records and staff files'],
  ['Medicine cabinet', 'Locked storage for medication'],
  ['Side entrance', 'Deliveries and staff'],
  ['Gym', 'Indoor movement room'],
  ['Nap room', 'Quiet area'],
  ['Storage', 'Supplies and toys'],
];

/** Zones of the building and the devices that guard them. */
export const zoneColumns: Readonly<Record<string, ValueGenerator>> = {
  'security_zones.name': ({ index }) => {
    const again = Math.floor(index / zones.length);
    return `${zones[index % zones.length]?.[0]}${again > 0 ? ` ${again + 1}` : ''}`;
  },
  'security_zones.description': ({ index }) => zones[index % zones.length]?.[1] ?? null,
  'security_zones.device_ids': (context) =>
    someOf(context, context.rows('devices'), 3).flatMap((device) => device.id ?? []),
  // JSON that the application parses itself.
  'security_zones.access_rules': ({ random }) =>
    JSON.stringify({
      roles: ['director', 'teacher'],
      hours: { from: '06:30', to: random.pick(['18:00', '18:30', '19:00']) ?? '18:00' },
      requireTwoFactor: random.chance(0.2),
    }),
  'security_zones.is_active': () => true,
  'security_zones.created_at': ({ now, random }) => dayAt(now, -random.integer(60, 300), 10),
  'security_zones.updated_at': ({ row, now, random }) =>
    after(row.created_at instanceof Date ? row.created_at : now, random.integer(1, 500)),
};
