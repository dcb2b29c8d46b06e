import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { ForeignKeyViolationError, InvalidInputError, NotFoundError } from '../../errors.ts';
import { createSecurityZone, deleteSecurityZone, updateSecurityZone } from './write-zones.ts';
import { setZoneDevices } from './zone-devices.ts';
import { listSecurityZones, zoneDevices } from './zones.ts';

let opened: OpenDatabase;
let [first, second, third] = ['', '', ''];
beforeAll(async () => {
  opened = await openMigrated();
  const devices = await opened.rows('SELECT id FROM security_devices ORDER BY id LIMIT 3');
  [first, second, third] = devices.map(({ id }) => id as string) as [string, string, string];
});
afterAll(() => opened?.close());

const idsOf = async (zoneId: string) =>
  (await zoneDevices(opened.db, { zoneId })).map(({ id }) => id).sort();
const arrayOf = async (zoneId: string) =>
  (await opened.rows('SELECT device_ids FROM security_zones WHERE id = $1', [zoneId]))[0]
    ?.device_ids as string[];

test('makes a zone with its devices, which older code sees in its array', async () => {
  const zone = await createSecurityZone(opened.db, {
    name: `Entrances "1"`,
    accessRules: '{"from":"07:00"}',
    deviceIds: [second, first, second],
  });
  expect(zone).toMatchObject({ description: null, isActive: true });
  expect(await idsOf(zone.id)).toEqual([first, second]);
  expect((await arrayOf(zone.id)).sort()).toEqual([first, second]);
  const listed = await listSecurityZones(opened.db, {});
  expect(listed.find(({ id }) => id === zone.id)?.deviceIds).toEqual([first, second]);
  expect(JSON.stringify(await zoneDevices(opened.db, { zoneId: zone.id }))).not.toContain('onfig');
});

test('makes no zone with a device that does not exist', async () => {
  const zone = { name: 'Ghosts', accessRules: '{}', deviceIds: [first, 'ghost'] };
  await expect(createSecurityZone(opened.db, zone)).rejects.toThrow(ForeignKeyViolationError);
  expect(await opened.rows(`SELECT FROM security_zones WHERE name = 'Ghosts'`)).toEqual([]);
});

test('changes the devices of a zone to exactly these, and counts what came and went', async () => {
  const { id: zoneId } = await createSecurityZone(opened.db, {
    name: 'Yard',
    accessRules: '[]',
    deviceIds: [first, second],
  });
  const set = (deviceIds: string[]) => setZoneDevices(opened.db, { zoneId, deviceIds });
  expect(await set([second, third])).toEqual({ changed: 2 });
  expect(await idsOf(zoneId)).toEqual([second, third].sort());
  expect((await arrayOf(zoneId)).sort()).toEqual([second, third].sort());
  expect(await set([third, second])).toEqual({ changed: 0 });
  expect(await set([])).toEqual({ changed: 2 });
  expect(await arrayOf(zoneId)).toEqual([]);
});

test('leaves the devices of one of several who set them at once, never a mixture', async () => {
  const { id: zoneId } = await createSecurityZone(opened.db, { name: 'Both', accessRules: '1' });
  const wishes = [[first, second], [second, third], [first], [third]];
  await Promise.all(wishes.map((deviceIds) => setZoneDevices(opened.db, { zoneId, deviceIds })));
  const left = await idsOf(zoneId);
  expect(wishes.map((wish) => wish.toSorted())).toContainEqual(left);
  expect((await arrayOf(zoneId)).toSorted()).toEqual(left);
});

test('refuses to set the devices of a zone that is not there', async () => {
  await expect(setZoneDevices(opened.db, { zoneId: 'none', deviceIds: [] })).rejects.toThrow(
    NotFoundError,
  );
});

test('tells clearing a description from leaving it, and refuses rules that are not JSON', async () => {
  const { id } = await createSecurityZone(opened.db, {
    name: 'Kitchen',
    description: 'hot',
    accessRules: '{}',
  });
  expect(await updateSecurityZone(opened.db, { id, patch: { isActive: false } })).toMatchObject({
    description: 'hot',
    isActive: false,
  });
  const cleared = await updateSecurityZone(opened.db, { id, patch: { description: null } });
  expect(cleared).toMatchObject({ description: null, isActive: false });
  await expect(
    updateSecurityZone(opened.db, { id, patch: { accessRules: '{not json' } }),
  ).rejects.toThrow(InvalidInputError);
});

test('deletes a zone and its links, not its devices', async () => {
  const { id } = await createSecurityZone(opened.db, {
    name: 'Gone',
    accessRules: '{}',
    deviceIds: [first],
  });
  expect(await deleteSecurityZone(opened.db, { id })).toBe(1);
  expect(await deleteSecurityZone(opened.db, { id })).toBe(0);
  expect(await opened.rows('SELECT FROM security_devices WHERE id = $1', [first])).toHaveLength(1);
});
