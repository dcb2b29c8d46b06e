import { legacyEncrypt } from './legacy-cipher.ts';
import { hex8, mix32, type Random } from './random.ts';
import { staff } from './staff.ts';
import { daysAgo, type LegacyTable, type World } from './world.ts';

const TYPES = ['keypad', 'rfid', 'biometric', 'mobile', 'intercom', 'magnetic'] as const;
const PLACES = ['Front Door', 'Back Door', 'Kitchen', 'Office', 'Play Yard Gate'] as const;

/** JSON in text; API keys in the clear in six of thirteen, one of them encoded twice, one nested. */
function connectionConfig(role: number, random: Random): string {
  const apiKey = `sk_fixture_${random.hex(24)}`;
  const host = `192.0.2.${10 + role}`;
  switch (role) {
    case 0:
    case 2:
    case 6:
    case 8:
      return JSON.stringify({ ip: host, port: 443, apiKey });
    case 4:
      return JSON.stringify(JSON.stringify({ ip: host, port: 8443, apiKey }));
    case 10:
      return JSON.stringify({ ip: host, auth: { scheme: 'bearer', apiKey } });
    case 12:
      return '{}';
    default:
      return JSON.stringify({ port: `/dev/ttyUSB${role % 4}`, baudRate: 9600 });
  }
}

export const securityDevices: LegacyTable = {
  name: 'security_devices',
  rows: 13,
  row: ({ id, role, random }) => ({
    id,
    name: `${PLACES[role % 5]} ${TYPES[role % 6]}`,
    type: TYPES[role % 6] ?? 'keypad',
    location: PLACES[role % 5] ?? 'Office',
    connection_type: role % 2 === 0 ? 'network' : 'serial',
    connection_config: connectionConfig(role, random),
    is_enabled: role !== 12,
    fail_safe_mode: role % 5 === 0 ? 'unlock' : 'secure',
    last_ping: role % 3 === 0 ? daysAgo(1, 700 + role) : null,
    status: role % 3 === 0 ? 'online' : 'offline',
    created_at: daysAgo(50, 600 + role),
    updated_at: daysAgo(5, 600 + role),
  }),
};

/** `0x` and 8 hex digits, different for every credential. */
function rfid(world: World, index: number): string {
  return `0x${hex8(mix32(mix32(world.seed + 1) ^ index)).toUpperCase()}`;
}

/** Users that exist nowhere. */
const HOLDERS = ['parent_001', 'parent_002', 'staff_001', '1', 'parent_003', 'admin'] as const;

export const securityCredentials: LegacyTable = {
  name: 'security_credentials',
  rows: 6,
  growth: 'people',
  row({ id, index, role, random }, world) {
    const type = (['rfid', 'pin', 'biometric'] as const)[role % 3] ?? 'pin';
    const data = {
      rfid: () => rfid(world, index),
      pin: () => legacyEncrypt(String(random.int(1000, 9999))),
      biometric: () => legacyEncrypt(`template-${random.hex(12)}`),
    };
    return {
      id,
      user_id: HOLDERS[role] ?? 'admin',
      device_id: world.id(securityDevices, role),
      credential_type: type,
      credential_data: data[type](),
      is_active: role !== 5,
      expires_at:
        role === 3 || role === 4 ? daysAgo(20, 0) : role === 0 ? '2099-01-01 00:00:00' : null,
      created_at: daysAgo(45, 600 + role),
      updated_at: daysAgo(45, 600 + role),
    };
  },
};

/** 18 entries name users that exist nowhere, 5 name staff, the rest nobody. */
function loggedUser(world: World, role: number): string | null {
  if (role < 18) return HOLDERS[role % 6] ?? 'admin';
  return role < 23 ? world.id(staff, role - 18) : null;
}

export const securityLogs: LegacyTable = {
  name: 'security_logs',
  rows: 65,
  growth: 'activity',
  row({ id, index, role, block, random }, world) {
    const success = !random.oneIn(5);
    const method = random.pick(['pin', 'rfid', 'biometric', 'mobile', 'manual', 'remote']);
    return {
      id,
      device_id: world.id(securityDevices, random.int(0, 12)),
      user_id: loggedUser(world, role),
      action: success ? random.pick(['unlock', 'lock', 'system_connect']) : 'attempt_failed',
      method: role > 60 ? null : method,
      success,
      // A card number that strayed into prose.
      details:
        index === 7
          ? `Card ${rfid(world, 0)} presented at Front Door`
          : random.oneIn(3)
            ? null
            : success
              ? 'Access granted'
              : 'Invalid credential',
      ip_address: random.oneIn(2) ? `192.0.2.${random.int(1, 254)}` : null,
      timestamp: daysAgo(1 + (block % 300), random.int(360, 1100)),
    };
  },
};
