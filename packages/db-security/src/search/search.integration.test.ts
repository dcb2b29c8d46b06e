import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { db, useDatabase } from '../../test/own-database.ts';
import { enableAudit } from '../audit/enable-audit.ts';
import { installAudit } from '../audit/install-audit.ts';
import { KeyRing } from '../keys/key-ring.ts';
import { contractSecrets } from '../secrets/contract-secrets.ts';
import { expandSecrets } from '../secrets/expand-secrets.ts';
import { decryptQuarantined } from '../secrets/quarantine.ts';
import type { SecretTreatment } from '../secrets/treatment.ts';
import { findPlaintext } from './find-plaintext.ts';

const quarantine = { schema: 'public', name: 'data_quarantine' };
const keys = () => ({ current: 'k', keys: new Map([['k', randomBytes(32)]]) });
const keyRing = new KeyRing({ pepper: keys(), encryption: keys(), blindIndex: keys() });
const treatments: readonly SecretTreatment[] = [
  {
    table: { schema: 'public', name: 'cards' },
    column: 'token',
    treatment: 'blind-index',
    target: 'lookup',
    ciphertext: 'ciphertext',
    slow: false,
  },
  {
    table: { schema: 'public', name: 'devices' },
    column: 'config',
    treatment: 'encrypt-json',
    target: 'ciphertext',
  },
];
const API_KEY = 'sk-"live"-äß/42';

let run: Parameters<typeof contractSecrets>[0];

useDatabase();

beforeAll(async () => {
  run = { db, treatments, keyRing, quarantine };
});

beforeEach(async () => {
  await db.query(`
    DROP SCHEMA IF EXISTS public, "We ird", audit CASCADE; CREATE SCHEMA public; CREATE SCHEMA "We ird";
    CREATE TABLE public.data_quarantine (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, schema_name text, table_name text, row_key jsonb,
      column_name text, old_value text, encrypted boolean NOT NULL DEFAULT false, reason text, source text,
      UNIQUE (schema_name, table_name, row_key, column_name, source));
    CREATE TABLE public.cards (id int PRIMARY KEY, token text, lookup text, ciphertext text);
    CREATE TABLE public.devices (id int PRIMARY KEY, config text NOT NULL, ciphertext text);
    CREATE TABLE "We ird"."lo""g" (message text, tags text[], data jsonb, short varchar(8));
    CREATE TABLE public.keyed (code text PRIMARY KEY);
    INSERT INTO public.cards VALUES (1, '0x1A2B3C4D'), (2, '0x00000000');`);
  await db.query('INSERT INTO public.devices VALUES (1, $1)', [
    JSON.stringify({ apiKey: API_KEY, pin: 'abc', token: 'ordinary' }),
  ]);
  await db.query('INSERT INTO "We ird"."lo""g" VALUES ($1, $2, $3, $4), ($5, NULL, NULL, NULL)', [
    'card 1a2b3c4d was read',
    ['a', '0X1a2B3C4D', 'b'],
    { text: `key ${API_KEY}`, nested: JSON.stringify({ k: API_KEY }) },
    'harmless',
    'ordinary 11a2b3c4d5',
  ]);
  await db.query(`INSERT INTO public.keyed VALUES ('0x1A2B3C4D')`);
});

const places = async () =>
  (await findPlaintext(run)).places.map(
    ({ schema, name, column, rows }) => `${schema}.${name}.${column} ${rows}`,
  );

describe('findPlaintext', () => {
  test('finds contracted values in texts, arrays and JSON, whatever their case and escapes', async () => {
    await expandSecrets(run);
    await contractSecrets(run);
    const report = await findPlaintext(run);
    expect(report.notSearchedCount).toBe(1);
    expect(await places()).toMatchInlineSnapshot(`
      [
        "We ird.lo"g.message 1",
        "We ird.lo"g.tags 1",
        "We ird.lo"g.data 1",
        "public.keyed.code 1",
      ]
    `);
  });

  test('finds a value in the middle of 30 MB', async () => {
    await expandSecrets(run);
    await contractSecrets({ ...run, everywhere: true });
    await db.query(
      `CREATE TABLE public.big AS SELECT repeat('x', 3000000) || '0x1A2B3C4D' || repeat('y', 27000000) AS t`,
    );
    expect(await places()).toContain('public.big.t 1');
  });
});

describe('contractSecrets everywhere', () => {
  test('redacts every mention, keeps the old texts as ciphertext, and reports what it had to leave', async () => {
    await expandSecrets(run);
    const { elsewhere } = await contractSecrets({ ...run, everywhere: true });
    expect(elsewhere).toMatchInlineSnapshot(`
      {
        "left": [
          {
            "column": "code",
            "name": "keyed",
            "reason": "part of a key, or generated",
            "rows": 1,
            "schema": "public",
          },
        ],
        "redacted": [
          {
            "column": "message",
            "name": "lo"g",
            "rows": 1,
            "schema": "We ird",
          },
          {
            "column": "tags",
            "name": "lo"g",
            "rows": 1,
            "schema": "We ird",
          },
          {
            "column": "data",
            "name": "lo"g",
            "rows": 1,
            "schema": "We ird",
          },
        ],
      }
    `);
    const { rows } = await db.query('SELECT * FROM "We ird"."lo""g"');
    expect(rows).toMatchInlineSnapshot(`
      [
        {
          "data": null,
          "message": "ordinary 11a2b3c4d5",
          "short": null,
          "tags": null,
        },
        {
          "data": {
            "nested": "{"k":"[redacted]"}",
            "text": "key [redacted]",
          },
          "message": "card [redacted] was read",
          "short": "harmless",
          "tags": [
            "a",
            "[redacted]",
            "b",
          ],
        },
      ]
    `);
    expect(await places()).toEqual(['public.keyed.code 1']);
    const kept = await db.query(`SELECT * FROM data_quarantine WHERE column_name = 'message'`);
    const origin = {
      schema: 'We ird',
      table: 'lo"g',
      column: 'message',
      key: kept.rows[0].row_key,
    };
    expect(decryptQuarantined(kept.rows[0].old_value, origin, keyRing)).toBe(
      'card 1a2b3c4d was read',
    );
    const again = await contractSecrets({ ...run, everywhere: true });
    expect(again.elsewhere?.redacted).toEqual([]);
  });

  test('changes nothing in a dry run', async () => {
    await expandSecrets(run);
    const before = await db.query('SELECT t::text, xmin::text FROM "We ird"."lo""g" AS t');
    const { treatments: counted } = await contractSecrets({
      ...run,
      everywhere: true,
      dryRun: true,
    });
    expect(counted.map(({ written }) => written)).toEqual([2, 1]);
    expect((await db.query('SELECT t::text, xmin::text FROM "We ird"."lo""g" AS t')).rows).toEqual(
      before.rows,
    );
    expect((await db.query('SELECT FROM data_quarantine')).rows).toEqual([]);
  });

  test('encrypts what others left in the quarantine in the clear', async () => {
    await db.query(`INSERT INTO data_quarantine (schema_name, table_name, row_key, column_name, old_value)
      VALUES ('public', 'cards', '{"id":"1"}', 'token', '0xFFFFAAAA')`);
    await expandSecrets(run);
    expect((await contractSecrets(run)).sealed).toBe(1);
    const { rows } = await db.query(
      `SELECT encrypted, old_value FROM data_quarantine ORDER BY id LIMIT 1`,
    );
    expect(rows[0].encrypted).toBe(true);
    const origin = { schema: 'public', table: 'cards', column: 'token', key: { id: '1' } };
    expect(decryptQuarantined(rows[0].old_value, origin, keyRing)).toBe('0xFFFFAAAA');
  });

  test('leaves what an append-only log holds, and says so', async () => {
    await installAudit(db);
    await enableAudit(db, { schema: 'public', name: 'keyed' }, { mode: 'full' });
    await db.query(`INSERT INTO keyed VALUES ('card 0x1A2B3C4D')`);
    await expandSecrets(run);
    const { elsewhere } = await contractSecrets({ ...run, everywhere: true });
    expect(elsewhere?.left).toContainEqual({
      schema: 'audit',
      name: expect.stringMatching(/^log_/),
      column: 'new_values',
      rows: 1,
      reason: 'refused by the database (42501)',
    });
  });
});
