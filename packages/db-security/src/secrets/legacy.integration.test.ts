/** The whole way on a grown database: what it holds is counted, expanded, contracted, and found nowhere afterwards. */
import { randomBytes } from 'node:crypto';
import { LEGACY_CIPHER_KEY } from '@tothub/db-testkit';
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { expect, test } from 'vitest';
import { QUARANTINE_TABLE } from '../../test/quarantine-table.ts';
import { KeyRing } from '../keys/key-ring.ts';
import { findPlaintext } from '../search/find-plaintext.ts';
import { contractSecrets } from './contract-secrets.ts';
import { expandSecrets } from './expand-secrets.ts';
import { scanSecrets } from './scan-secrets.ts';
import type { SecretTreatment } from './treatment.ts';

const keys = () => ({ current: 'k', keys: new Map([['k', randomBytes(32)]]) });
const keyRing = new KeyRing({ pepper: keys(), encryption: keys(), blindIndex: keys() });
const credentials = {
  table: { schema: 'public', name: 'security_credentials' },
  column: 'credential_data',
};
const whenType = (equals: string) => ({ when: { column: 'credential_type', equals } });
const staff = { schema: 'public', name: 'staff' };
const treatments: readonly SecretTreatment[] = [
  {
    ...credentials,
    ...whenType('pin'),
    treatment: 'hash',
    target: 'credential_hash',
    legacyCipher: true,
  },
  {
    ...credentials,
    ...whenType('rfid'),
    treatment: 'blind-index',
    target: 'credential_lookup',
    ciphertext: 'credential_ciphertext',
    normalise: 'lower-case',
  },
  {
    ...credentials,
    ...whenType('biometric'),
    treatment: 'encrypt',
    target: 'credential_ciphertext',
    leave: ['identifier'],
  },
  {
    table: { schema: 'public', name: 'security_devices' },
    column: 'connection_config',
    treatment: 'encrypt-json',
    target: 'connection_config_ciphertext',
  },
  {
    table: staff,
    column: 'direct_deposit_account',
    treatment: 'encrypt',
    target: 'account_ciphertext',
  },
  { table: { schema: 'public', name: 'parents' }, column: 'password_hash', treatment: 'hash' },
  {
    table: { schema: 'public', name: 'session_activity' },
    column: 'details',
    treatment: 'reduce',
    reduceWith: { schema: 'public', name: 'reduce_request_details' },
  },
];

const ADDITIONS = `
ALTER TABLE security_credentials ADD credential_hash text, ADD credential_lookup text, ADD credential_ciphertext text;
ALTER TABLE security_devices ADD connection_config_ciphertext text;
ALTER TABLE staff ADD account_ciphertext text;
CREATE FUNCTION reduce_request_details(text) RETURNS text LANGUAGE sql AS
  $$ SELECT CASE WHEN $1 LIKE '%"birthDate"%' OR $1 LIKE '%"dateOfBirth"%' OR $1 LIKE '%"body"%' THEN '{}' ELSE $1 END $$;
${QUARANTINE_TABLE};`;

test('a grown database ends with no secret in the clear, and a second run writes nothing', async () => {
  const database = await legacyDatabase();
  const db = new pg.Client(database.url);
  await db.connect();
  try {
    await db.query(ADDITIONS);
    const run = {
      db,
      treatments,
      keyRing,
      cost: 10,
      legacyCipherKey: LEGACY_CIPHER_KEY,
      quarantine: { schema: 'public', name: 'data_quarantine' },
      everywhere: true,
    };
    const before = (await scanSecrets(db, treatments)).map(({ inClear }) => inClear);
    expect(before[5]).toBe(0);
    expect(before.filter((count, i) => i !== 4 && count === 0)).toHaveLength(1);
    const expanded = await expandSecrets(run);
    expect(expanded.slice(0, 6).flatMap(({ kept }) => kept)).toEqual([]);
    expect(expanded[5]).toMatchObject({ examined: 3, alreadyDone: 3, written: 0 });
    const contracted = await contractSecrets(run);
    expect(contracted.elsewhere?.left).toEqual([]);
    expect((await scanSecrets(db, treatments)).map(({ inClear }) => inClear)).toEqual([
      0, 0, 0, 0, 0, 0, 0,
    ]);
    const found = await findPlaintext(run);
    expect(found.places).toEqual([]);
    expect(found.searchedCount).toBeGreaterThan(0);
    const again = [...(await expandSecrets(run)), ...(await contractSecrets(run)).treatments];
    expect(again.map(({ written }) => written)).toEqual(again.map(() => 0));
  } finally {
    await db.end();
    await database.drop();
  }
});
