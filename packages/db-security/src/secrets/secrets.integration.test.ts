import { createCipheriv, randomBytes, scryptSync } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { db, useDatabase } from '../../test/own-database.ts';
import { verifyCredential } from '../credentials/verify-credential.ts';
import { blindIndex } from '../fields/blind-index.ts';
import { decryptField } from '../fields/encrypt-field.ts';
import { KeyRing } from '../keys/key-ring.ts';
import { contractSecrets } from './contract-secrets.ts';
import { expandSecrets } from './expand-secrets.ts';
import { decryptQuarantined } from './quarantine.ts';
import { scanSecrets } from './scan-secrets.ts';
import type { SecretTreatment } from './treatment.ts';

const PASSPHRASE = 'an old passphrase';
const quarantine = { schema: 'public', name: 'data_quarantine' };
const keyRing = new KeyRing({
  pepper: { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) },
  encryption: { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) },
  blindIndex: { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) },
});

const credentials = { schema: 'public', name: 'credentials' };
const treatments: readonly SecretTreatment[] = [
  {
    table: credentials,
    column: 'data',
    when: { column: 'kind', equals: 'pin' },
    treatment: 'hash',
    target: 'hash',
    legacyCipher: true,
    breaks: ['GET /credentials decrypts data'],
  },
  {
    table: credentials,
    column: 'data',
    when: { column: 'kind', equals: 'card' },
    treatment: 'blind-index',
    target: 'lookup',
    ciphertext: 'ciphertext',
    normalise: 'lower-case',
  },
  {
    table: credentials,
    column: 'data',
    when: { column: 'kind', equals: 'face' },
    treatment: 'encrypt',
    target: 'ciphertext',
    leave: ['identifier'],
  },
  {
    table: { schema: 'public', name: 'devices' },
    column: 'config',
    treatment: 'encrypt-json',
    target: 'config_ciphertext',
  },
  {
    table: { schema: 'public', name: 'activity' },
    column: 'details',
    treatment: 'reduce',
    reduceWith: { schema: 'public', name: 'reduce_details' },
  },
  { table: { schema: 'public', name: 'users' }, column: 'password_hash', treatment: 'hash' },
];

const SCHEMA = `
CREATE TABLE public.data_quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, schema_name text, table_name text, row_key jsonb,
  column_name text, old_value text, encrypted boolean NOT NULL DEFAULT false, reason text, source text,
  quarantined_at timestamptz DEFAULT now(),
  UNIQUE (schema_name, table_name, row_key, column_name, source));
CREATE TABLE public.credentials (
  id varchar PRIMARY KEY, kind text NOT NULL, data text NOT NULL, hash text, lookup text, ciphertext text);
CREATE TABLE public.devices (a int, b timestamptz, config text NOT NULL, config_ciphertext text, PRIMARY KEY (b, a));
CREATE TABLE public.activity (id text PRIMARY KEY, details text);
CREATE TABLE public.users (id int PRIMARY KEY, password_hash text NOT NULL);
CREATE FUNCTION public.reduce_details(text) RETURNS text IMMUTABLE LANGUAGE sql AS
  $$ SELECT CASE WHEN $1 LIKE '{"body%' THEN '{"keys":["birthDate"]}' ELSE $1 END $$;`;

const BCRYPT = '$2b$10$WnYkYhMFFB4WhyMsWxx1yOVkHFAvEmykGuMkBVvIwvnCLjwkZIUsq';
const twice = JSON.stringify(JSON.stringify({ host: 'h', apiKey: 'twice-encoded-key' }));

/** What scrypt-based older code wrote: IV of zeros. */
function legacyCiphertext(pin: string): string {
  const cipher = createCipheriv(
    'aes-256-cbc',
    scryptSync(PASSPHRASE, 'salt', 32),
    Buffer.alloc(16),
  );
  return cipher.update(pin, 'utf8', 'hex') + cipher.final('hex');
}

useDatabase();

beforeAll(async () => {
  await db.query(SCHEMA);
});

beforeEach(async () => {
  await db.query('TRUNCATE credentials, devices, activity, users, data_quarantine');
  await db.query(
    'INSERT INTO credentials (id, kind, data) VALUES ($1,$2,$3),($4,$5,$6),($7,$8,$9),($10,$11,$12),($13,$14,$15),($16,$17,$18)',
    [
      ...['p1', 'pin', '4711'],
      ...['p2', 'pin', legacyCiphertext('998877')],
      ...['p3', 'pin', 'AZlm0qkQ3x_9dE7-ZkPq2A'],
      ...['c1', 'card', '0x1A2B3C4D'],
      ...['f1', 'face', 'ab'.repeat(32)],
      ...['f2', 'face', 'AZlm0qkQ3x_9dE7-ZkPq2A'],
    ],
  );
  await db.query(
    `INSERT INTO devices (a, b, config) VALUES
      (1, '2024-03-01 12:00:00.123456+02', $1), (2, '2024-03-01 12:00:00.123456+02', $2), (3, 'infinity', '{"port":80}')`,
    [JSON.stringify({ host: 'h', port: 80, auth: { user: 'u-secret', pass: 'x' } }), twice],
  );
  await db.query(`INSERT INTO activity SELECT i::text,
    CASE WHEN i % 2 = 0 THEN '{"body":{"birthDate":"2020-01-01"}}' ELSE '{"path":"/"}' END FROM generate_series(1, 450) AS i`);
  await db.query('INSERT INTO users VALUES (1, $1)', [BCRYPT]);
});

const run = { treatments, keyRing, cost: 10, legacyCipherKey: PASSPHRASE, quarantine };

describe('expandSecrets', () => {
  test('writes hashes, indexes and ciphertexts and leaves every old value', async () => {
    const before = await contents();
    const reports = await expandSecrets({ ...run, db });
    expect(summary(reports)).toMatchInlineSnapshot(`
      [
        "credentials.data pin hash: examined 3, wrote 2, done 0, kept 1 looks like identifier, which is not hashed",
        "credentials.data card blind-index: examined 1, wrote 1, done 0, kept ",
        "credentials.data face encrypt: examined 2, wrote 1, done 0, kept 1 looks like identifier, which this treatment leaves",
        "devices.config  encrypt-json: examined 3, wrote 3, done 0, kept ",
        "activity.details  reduce: examined 225, wrote 0, done 0, kept 225 is reduced at contraction",
        "users.password_hash  hash: examined 1, wrote 0, done 1, kept ",
      ]
    `);
    expect(await contents()).toEqual(before);
    const rows = await byId();
    expect(await verifyCredential('4711', rows.p1.hash, { keyRing })).toBe('match');
    expect(await verifyCredential('998877', rows.p2.hash, { keyRing })).toBe('match');
    expect(rows.p3.hash).toBeNull();
    expect(rows.c1.lookup).toBe(
      await blindIndex('0X1a2b3c4d', {
        keyRing,
        context: 'credentials.data',
        slow: true,
        normalise: 'lower-case',
      }),
    );
    const context = { table: 'credentials', column: 'data', key: { id: 'c1' } };
    expect(decryptField(rows.c1.ciphertext, { keyRing, context })).toBe('0x1A2B3C4D');
    expect(rows.f2.ciphertext).toBeNull();
  });
});

describe('contractSecrets', () => {
  test('takes only what was expanded, with each old value in the quarantine as ciphertext', async () => {
    await expandSecrets({ ...run, db });
    const { treatments: reports } = await contractSecrets({ ...run, db });
    expect(summary(reports)).toMatchInlineSnapshot(`
      [
        "credentials.data pin hash: examined 3, wrote 2, done 0, kept 1 looks like identifier, which is not hashed",
        "credentials.data card blind-index: examined 1, wrote 1, done 0, kept ",
        "credentials.data face encrypt: examined 2, wrote 1, done 0, kept 1 looks like identifier, which this treatment leaves",
        "devices.config  encrypt-json: examined 3, wrote 2, done 1, kept ",
        "activity.details  reduce: examined 225, wrote 225, done 0, kept ",
        "users.password_hash  hash: examined 1, wrote 0, done 1, kept ",
      ]
    `);
    const { rows } = await db.query('SELECT * FROM data_quarantine');
    expect(rows.every((row) => row.encrypted && row.old_value.startsWith('enc1:'))).toBe(true);
    const card = rows.find((row) => row.row_key.id === 'c1');
    const origin = { schema: 'public', table: 'credentials', column: 'data', key: card.row_key };
    expect(decryptQuarantined(card.old_value, origin, keyRing)).toBe('0x1A2B3C4D');
    const configs = await db.query('SELECT config FROM devices ORDER BY b, a');
    expect(configs.rows.map((row) => row.config)).toMatchInlineSnapshot(`
      [
        "{"host":"h","port":80,"auth":{"user":null,"pass":null}}",
        ""{\\"host\\":\\"h\\",\\"apiKey\\":null}"",
        "{"port":80}",
      ]
    `);
    expect((await scanSecrets(db, treatments)).map((scan) => scan.inClear)).toMatchInlineSnapshot(`
      [
        1,
        0,
        0,
        0,
        0,
        0,
      ]
    `);
    expect(
      summary(await expandSecrets({ ...run, db })).every((line) => line.includes('wrote 0')),
    ).toBe(true);
    expect(
      summary((await contractSecrets({ ...run, db })).treatments).every((line) =>
        line.includes('wrote 0'),
      ),
    ).toBe(true);
  });
});

function summary(reports: readonly import('./treatment-report.ts').TreatmentReport[]): string[] {
  return reports.map(
    (report) =>
      `${report.table.name}.${report.column} ${report.when?.equals ?? ''} ${report.treatment}: examined ${report.examined}, wrote ${report.written}, done ${report.alreadyDone}, kept ${report.kept.map(({ reason, count }) => `${count} ${reason}`).join('; ')}`,
  );
}

async function byId() {
  const { rows } = await db.query('SELECT * FROM credentials');
  return Object.fromEntries(rows.map((row) => [row.id, row])) as Record<
    'p1' | 'p2' | 'p3' | 'c1' | 'f2',
    (typeof rows)[0]
  >;
}

async function contents(): Promise<unknown> {
  const { rows } = await db.query(`
    SELECT (SELECT json_agg(data ORDER BY id) FROM credentials) AS credentials,
           (SELECT json_agg(config ORDER BY a) FROM devices) AS devices,
           (SELECT json_agg(details ORDER BY id) FROM activity) AS activity`);
  return rows;
}
