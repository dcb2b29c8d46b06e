import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { ForeignKeyViolationError, InvalidInputError, NotFoundError } from '../../errors.ts';
import {
  createSecurityCredential,
  deactivateSecurityCredential,
  findSecurityCredentialsByLookup,
  listPinHashesForDevice,
  listSecurityCredentialsForDevice,
} from './credentials.ts';
import {
  getSecurityDevice,
  getSecurityDeviceConnection,
  listSecurityDevices,
  listSecurityDevicesByLocation,
} from './devices.ts';
import { listSecurityLogs, logSecurityEvent } from './logs.ts';
import {
  createSecurityDevice,
  deleteSecurityDevice,
  setSecurityDeviceStatus,
  updateSecurityDevice,
} from './write-devices.ts';

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openMigrated();
});
afterAll(() => opened?.close());

const front = {
  name: 'Front "A"',
  type: 'keypad',
  location: `Door's place`,
  connectionType: 'network',
  connectionConfig: { ip: '192.0.2.9', port: 443 },
} as const;
const device = async () => (await createSecurityDevice(opened.db, front)).id;
const bcrypt = `$2b$12$${'a'.repeat(53)}`;
const lookup = (letter: string) => `bis1:k1:${letter.repeat(43)}`;
const ciphertext = `enc1:k1:${'A'.repeat(60)}`;
const rfid = (deviceId: string, letter: string, expiresAt: Date | null = null) =>
  createSecurityCredential(opened.db, {
    credentialType: 'rfid',
    userId: '1',
    deviceId,
    lookup: lookup(letter),
    expiresAt,
  });

test('gives no key of an old device in an ordinary read, though six of them hold one', async () => {
  const stored = await opened.rows('SELECT id, connection_config FROM security_devices');
  expect(stored.filter((row) => String(row.connection_config).includes('apiKey'))).toHaveLength(6);
  const id = stored[0]?.id as string;
  const read = [
    await listSecurityDevices(opened.db, {}),
    await getSecurityDevice(opened.db, { id }),
    await setSecurityDeviceStatus(opened.db, { id, status: 'error' }),
    await updateSecurityDevice(opened.db, { id, patch: { isEnabled: false } }),
    await listSecurityDevicesByLocation(opened.db, { location: 'Front Door' }),
  ];
  expect(JSON.stringify(read)).not.toMatch(/apiKey|sk_fixture|connectionConfig/i);
  expect(await getSecurityDeviceConnection(opened.db, { id })).toMatchObject({
    connectionConfig: stored[0]?.connection_config,
    connectionConfigCiphertext: null,
  });
});

test('stores no secret in the clear: a member named like one is refused, at any spelling', async () => {
  for (const name of [
    'apiKey',
    'api_key',
    'TOKEN',
    'password',
    'clientSecret',
    'Authorization',
    'pwd',
  ]) {
    const connectionConfig = { ip: '192.0.2.9', [name]: 'x' };
    await expect(createSecurityDevice(opened.db, { ...front, connectionConfig })).rejects.toThrow(
      InvalidInputError,
    );
  }
  const nested = { ip: { apiKey: 'x' } } as never;
  await expect(
    createSecurityDevice(opened.db, { ...front, connectionConfig: nested }),
  ).rejects.toThrow(InvalidInputError);
  const clear = { ...front, connectionConfigCiphertext: 'sk_live_1' };
  await expect(createSecurityDevice(opened.db, clear)).rejects.toThrow(InvalidInputError);
});

test('takes the id that a ciphertext was bound to, and clears it when told', async () => {
  const id = randomUUID();
  await createSecurityDevice(opened.db, { ...front, id, connectionConfigCiphertext: ciphertext });
  const connection = () => getSecurityDeviceConnection(opened.db, { id });
  expect(await connection()).toMatchObject({
    connectionConfig: '{"ip":"192.0.2.9","port":443}',
    connectionConfigCiphertext: ciphertext,
  });
  await updateSecurityDevice(opened.db, { id, patch: { name: 'Renamed' } });
  expect((await connection())?.connectionConfigCiphertext).toBe(ciphertext);
  await updateSecurityDevice(opened.db, { id, patch: { connectionConfigCiphertext: null } });
  expect((await connection())?.connectionConfigCiphertext).toBeNull();
});

test('notes when a device was heard of, and keeps that while it is away', async () => {
  const id = await device();
  const online = await setSecurityDeviceStatus(opened.db, { id, status: 'online' });
  expect(online.lastPing?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  const offline = await setSecurityDeviceStatus(opened.db, { id, status: 'offline' });
  expect(offline).toMatchObject({ status: 'offline', lastPing: online.lastPing });
});

test('refuses a patch of nothing and of columns that are none of its business', async () => {
  const id = await device();
  for (const patch of [{}, { name: undefined }, { id: 'x' }, { 'name" = 1 --': 'x' }]) {
    await expect(updateSecurityDevice(opened.db, { id, patch: patch as never })).rejects.toThrow(
      InvalidInputError,
    );
  }
  await expect(
    updateSecurityDevice(opened.db, { id: 'none', patch: { name: 'x' } }),
  ).rejects.toThrow(NotFoundError);
});

test('deletes a device without a past, and refuses one with credentials', async () => {
  const [free, used] = [await device(), await device()];
  await rfid(used, 'd');
  expect(await deleteSecurityDevice(opened.db, { id: free })).toBe(1);
  expect(await deleteSecurityDevice(opened.db, { id: free })).toBe(0);
  await expect(deleteSecurityDevice(opened.db, { id: used })).rejects.toThrow(
    ForeignKeyViolationError,
  );
});

test('refuses a PIN, a card number or a template that was not made unreadable first', async () => {
  const owner = { userId: '1', deviceId: await device() };
  const inClear = [
    { ...owner, credentialType: 'pin', hash: '1234' },
    { ...owner, credentialType: 'pin', lookup: lookup('x') },
    { ...owner, credentialType: 'rfid', lookup: '0x1A2B3C4D' },
    { ...owner, credentialType: 'rfid', hash: bcrypt },
    { ...owner, credentialType: 'biometric', ciphertext: 'template-1' },
    { ...owner, credentialType: 'pin', hash: bcrypt, credentialData: '1234' },
  ];
  for (const credential of inClear) {
    await expect(createSecurityCredential(opened.db, credential as never)).rejects.toThrow(
      InvalidInputError,
    );
  }
});

test('never gives back a hash, look-up or ciphertext, but the hashes of one device to verify a PIN', async () => {
  const [here, there] = [await device(), await device()];
  const pin = (deviceId: string, expiresAt?: Date) =>
    createSecurityCredential(opened.db, {
      credentialType: 'pin',
      userId: '2',
      deviceId,
      hash: bcrypt,
      expiresAt,
    });
  const good = await pin(here);
  await pin(here, new Date('2020-01-01'));
  await pin(there);
  const ended = await pin(here);
  await deactivateSecurityCredential(opened.db, { id: ended.id });
  await rfid(here, 'p');

  const listed = await listSecurityCredentialsForDevice(opened.db, { deviceId: here });
  expect(listed).toHaveLength(4);
  expect(Object.keys(listed[0] ?? {}).sort()).toEqual(
    'createdAt credentialType deviceId expiresAt id isActive updatedAt userId'.split(' '),
  );
  expect(
    await listSecurityCredentialsForDevice(opened.db, { deviceId: here, type: 'rfid' }),
  ).toHaveLength(1);
  expect(await listPinHashesForDevice(opened.db, { deviceId: here })).toEqual([
    { id: good.id, userId: '2', credentialHash: bcrypt },
  ]);
  const [stored] = await opened.rows(
    'SELECT credential_data AS data FROM security_credentials WHERE id = $1',
    [good.id],
  );
  expect(stored).toEqual({ data: '' });
});

test('finds a card by equality of its look-up while it is good, on one device or on any', async () => {
  const [here, there] = [await device(), await device()];
  const card = await rfid(here, 'c', new Date('2099-01-01'));
  const copy = await rfid(there, 'c');
  await rfid(here, 'e', new Date('2020-01-01'));
  const found = async (letter: string, deviceId?: string) =>
    (await findSecurityCredentialsByLookup(opened.db, { lookup: lookup(letter), deviceId })).map(
      ({ id }) => id,
    );
  expect(await found('c', here)).toEqual([card.id]);
  expect((await found('c')).sort()).toEqual([card.id, copy.id].sort());
  expect(await found('e')).toEqual([]);
  await deactivateSecurityCredential(opened.db, { id: card.id });
  await deactivateSecurityCredential(opened.db, { id: card.id });
  expect(await found('c', here)).toEqual([]);
});

test('logs what happened and lists it by device with its name, newest first, over pages', async () => {
  const deviceId = await device();
  for (const action of ['unlock', 'lock', 'attempt_failed'] as const) {
    await logSecurityEvent(opened.db, { deviceId, action, success: true, userId: 'stranger' });
  }
  const first = await listSecurityLogs(opened.db, { deviceId, limit: 2 });
  const rest = await listSecurityLogs(opened.db, { deviceId, limit: 2, cursor: first.nextCursor });
  expect([...first.items, ...rest.items].map(({ action }) => action)).toEqual([
    'attempt_failed',
    'lock',
    'unlock',
  ]);
  expect(first.items[0]).toMatchObject({ deviceName: front.name, userId: 'stranger' });
  expect(rest.nextCursor).toBeNull();
});

test('refuses a cursor of another list', async () => {
  const { nextCursor } = await listSecurityLogs(opened.db, { limit: 1 });
  expect(nextCursor).not.toBeNull();
  await expect(listSecurityLogs(opened.db, { cursor: `${nextCursor}x` })).rejects.toThrow(
    InvalidInputError,
  );
});
