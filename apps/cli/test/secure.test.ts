/** `secure` against a database that the migrations built: encrypt, rotate, retire a key, mask. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decryptField, readKeyFile } from '@tothub/db-security';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from './support/query.ts';
import { runCli } from './support/run-cli.ts';
import { workplace } from './support/workplace.ts';

let database: TestDatabase;
let cwd: string;

/** Everything that the commands have printed: no key, no value may be in it. */
let printed = '';

async function secure(...args: string[]) {
  const result = await runCli(['secure', ...args], {
    cwd,
    env: { DATABASE_URL: database.url, TOTHUB_KEYS_FILE: join(cwd, 'keys.json') },
  });
  printed += result.stdout + result.stderr;
  return { ...result, json: () => JSON.parse(result.stdout) };
}

const account = 'DE89370400440532013000';
const apiKey = 'sk-live-4f1c2b';
const bankColumns = `SELECT id, direct_deposit_account_ciphertext AS account, direct_deposit_routing_ciphertext AS routing
  FROM staff WHERE id = 'one'`;
const ring = () => readKeyFile(join(cwd, 'keys.json'));
const currentId = async () => (await ring()).current('encryption').id;

beforeAll(async () => {
  database = await testDatabase();
  cwd = await workplace({ keep: true });
  const { code, stderr } = await runCli(['migrate', 'up', '--url', database.url], { cwd });
  expect(code, stderr).toBe(0);
  await query(
    database.url,
    `INSERT INTO staff (id, first_name, last_name, position, direct_deposit_account, direct_deposit_routing)
     VALUES ('one', 'Ada', 'Love', 'lead', $1, '021000021'), ('two', 'Bob', 'Hope', 'aide', NULL, NULL)`,
    [account],
  );
  await query(
    database.url,
    `INSERT INTO security_devices (id, name, type, location, connection_type, connection_config)
     VALUES ('door', 'Door', 'rfid', 'front', 'network', $1)`,
    [JSON.stringify({ host: 'door.local', apiKey })],
  );
  await query(
    database.url,
    `INSERT INTO security_credentials (id, user_id, device_id, credential_type, credential_data)
     VALUES ('card', 'one', 'door', 'rfid', '0xC0FFEE01')`,
  );
  expect((await secure('init')).code).toBe(0);
  for (const step of ['encrypt', 'hash']) {
    const done = await secure(step);
    expect(done.code, done.stderr).toBe(0);
  }
});

afterAll(() => database.drop());

test('bank columns and device API keys are ciphertexts of their logical columns', async () => {
  const keyRing = await ring();
  const [row] = await query(database.url, bankColumns);
  const open = (ciphertext: string, table: string, column: string, id: string) =>
    decryptField(ciphertext, { keyRing, context: { table, column, key: { id } } });
  expect(open(row.account, 'staff', 'direct_deposit_account', 'one')).toBe(account);
  expect(open(row.routing, 'staff', 'direct_deposit_routing', 'one')).toBe('021000021');
  const [device] = await query(
    database.url,
    'SELECT connection_config_ciphertext AS config FROM security_devices',
  );
  expect(open(device.config, 'security_devices', 'connection_config', 'door')).toContain(apiKey);
});

describe('a new key', () => {
  let former: string;

  test('is added to the file, and the former is not taken away while values need it', async () => {
    former = await currentId();
    const added = (await secure('key', 'add', '--json')).json();
    expect(added).toEqual({ id: await currentId(), purpose: 'encryption', current: true });
    const listed = (await secure('key', 'list', '--json')).json();
    expect(listed.keys[0]).toEqual({
      purpose: 'encryption',
      current: added.id,
      ids: [added.id, former],
    });
    await secure('key', 'add', '--purpose', 'blindIndex');
    const refused = await secure('key', 'retire', former, '--json', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.json().error).toMatchObject({
      code: 'TOTHUB_SECURITY_KEY_IN_USE',
      message: expect.stringMatching(
        /public\.security_credentials\.credential_ciphertext \(1 rows\).* Rotate these columns first/,
      ),
    });
  });

  test('gets every value by secure rotate, which a dry run only counts', async () => {
    const before = await query(database.url, bankColumns);
    const dry = await secure('rotate', '--dry-run', '--json');
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.json()).toMatchObject({
      ok: false,
      dryRun: true,
      current: { encryption: await currentId() },
    });
    expect(await query(database.url, bankColumns)).toEqual(before);
    const run = await secure('rotate', '--json');
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('5 values brought under the current keys');
    const { ok, current, columns, blindIndexes } = run.json();
    const rotated = columns.map(
      (each: { table: { name: string }; column: string; rotated: number }) => [
        `${each.table.name}.${each.column}`,
        each.rotated,
      ],
    );
    expect({ ok, rotated }).toEqual({
      ok: true,
      rotated: [
        ['security_credentials.credential_ciphertext', 1],
        ['security_devices.connection_config_ciphertext', 1],
        ['staff.direct_deposit_account_ciphertext', 1],
        ['staff.direct_deposit_routing_ciphertext', 1],
        ['data_quarantine.old_value', 0],
      ],
    });
    expect(columns[2].keys).toEqual([{ keyId: current.encryption, rows: 1 }]);
    expect(blindIndexes[0].keys).toEqual([{ keyId: current.blindIndex, rows: 1 }]);
  });

  test('leaves the former to be retired, and the values can still be read', async () => {
    const retired = await secure('key', 'retire', former, '--yes');
    expect(retired.code, retired.stderr).toBe(0);
    expect(retired.stdout).toContain('Backups from before the rotation still do');
    expect((await ring()).ids('encryption')).toEqual([await currentId()]);
    const [row] = await query(database.url, bankColumns);
    const context = { table: 'staff', column: 'direct_deposit_account', key: { id: 'one' } };
    expect(decryptField(row.account, { keyRing: await ring(), context })).toBe(account);
  });

  test('can wait until every process has read the file; what it cannot reach is counted, and named', async () => {
    const current = await currentId();
    const { id } = (await secure('key', 'add', '--standby', '--json')).json();
    expect(await currentId()).toBe(current);
    expect((await secure('key', 'use', id)).code).toBe(0);
    expect(await currentId()).toBe(id);
    await query(
      database.url,
      `UPDATE staff SET direct_deposit_account_ciphertext = (SELECT direct_deposit_account_ciphertext FROM staff WHERE id = 'one') WHERE id = 'two'`,
    );
    const { code, stdout, stderr } = await secure('rotate');
    expect(code).toBe(1);
    expect(stdout).toContain(
      `public.staff.direct_deposit_account_ciphertext: 1 rotated; 1 kept (altered, or bound to another row or column; see rebindField); now `,
    );
    expect(stderr).toContain(
      'public.staff.direct_deposit_account_ciphertext {"id":"two"}: altered, or bound to another row',
    );
  });
});

test('masking views show analysts what the configuration says, and nothing of staff but their work', async () => {
  const role = `analyst_${process.pid}`;
  await query(database.url, `CREATE ROLE ${role}`);
  try {
    expect((await secure('mask')).code).toBe(2);
    const made = await secure('mask', '--grant-to', role, '--json');
    expect(made.code, made.stderr).toBe(0);
    expect(made.json()).toMatchObject({ ok: true, unchanged: [] });
    expect(made.json().changed).toHaveLength(7);
    expect((await secure('mask', '--check', '--grant-to', role)).code).toBe(0);
    const rows = await query(
      database.url,
      `SELECT s.id AS hashed, s.* FROM masked.staff AS s WHERE position = 'lead'`,
    );
    expect(Object.keys(rows[0])).not.toContain('first_name');
    expect(JSON.stringify(rows)).not.toMatch(/Ada|Love|enc1|"one"/);
    const dropped = (await secure('mask', '--drop', '--json')).json();
    expect(dropped.dropped).toHaveLength(7);
  } finally {
    await query(database.url, `DROP OWNED BY ${role}`);
    await query(database.url, `DROP ROLE ${role}`);
  }
});

test('nothing that was printed holds a key or a value', async () => {
  const { encryption, pepper } = JSON.parse(await readFile(join(cwd, 'keys.json'), 'utf8'));
  const keys = [encryption, pepper].flatMap(({ keys: held }) => Object.values<string>(held));
  expect(keys.length).toBeGreaterThan(1);
  for (const secret of [...keys, account, apiKey, '0xC0FFEE01', 'enc1:']) {
    expect(printed).not.toContain(secret);
  }
});
