import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { db, useDatabase } from '../../../test/own-database.ts';
import { QUARANTINE_TABLE } from '../../../test/quarantine-table.ts';
import { hashCredential } from '../../credentials/hash-credential.ts';
import { verifyCredential } from '../../credentials/verify-credential.ts';
import { KeyRing } from '../../keys/key-ring.ts';
import { decryptQuarantined } from '../../secrets/quarantine.ts';
import { hashColumn } from './hash-column.ts';
import type { HashColumnOptions } from './hash-column-options.ts';

const keys = () => ({ current: 'k', keys: new Map([['k', randomBytes(32)]]) });
const keyRing = new KeyRing({ pepper: keys(), encryption: keys(), blindIndex: keys() });
const quarantine = { schema: 'public', name: 'data_quarantine' };
/** The quickest hash that is allowed. */
const quick = { algorithm: 'argon2id' } as const;
const nasty = 'lo"gins; --\n\u00fc';
const sql = { table: pg.escapeIdentifier(nasty), column: pg.escapeIdentifier('p"in') };
const logins = { schema: 'public', name: nasty };

let run: HashColumnOptions;

useDatabase();

beforeAll(async () => {
  run = { db, table: logins, column: 'p"in', keyRing, irreversible: true, ...quick };
});

beforeEach(async () => {
  await db.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS audit CASCADE;
    ${QUARANTINE_TABLE};
    CREATE TABLE ${sql.table} (id int PRIMARY KEY, ${sql.column} text, seen int NOT NULL DEFAULT 0)`);
});

async function fill(...values: readonly (string | null)[]): Promise<void> {
  await db.query(
    `INSERT INTO ${sql.table} (id, ${sql.column}) SELECT n, v FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n)`,
    [values],
  );
}

async function values(): Promise<(string | null)[]> {
  const { rows } = await db.query(`SELECT ${sql.column} AS v FROM ${sql.table} ORDER BY id`);
  return rows.map(({ v }) => v);
}

async function matches(secret: string, stored: string | null | undefined) {
  return verifyCredential(secret, stored, { keyRing, ...quick });
}

describe('a column in place', () => {
  test('ends with a hash for each secret, and nothing else changed', async () => {
    const hash = await hashCredential('known', quick);
    await fill('4711', '4711', 'correct horse', ' 12 ', null, '', hash, 'caf\u00e9', 'cafe\u0301');
    const report = await hashColumn(run);
    expect(report).toMatchObject({
      dryRun: false,
      rowCount: 6,
      written: 6,
      kept: [],
      inClear: 0,
      obstacles: [],
      notes: [],
      remains: { oldVersions: 6, inStatistics: 0 },
    });
    expect(report.before).toEqual([
      { class: 'digits', rows: 3 },
      { class: 'text', rows: 3 },
      { class: 'null', rows: 1 },
      { class: 'empty', rows: 1 },
      { class: 'hash', kind: 'argon2id m=19456 t=2', rows: 1 },
    ]);
    expect(report.after).toContainEqual({
      class: 'hash',
      kind: 'argon2id m=19456 t=2, peppered',
      rows: 6,
    });
    const stored = await values();
    const secrets = ['4711', '4711', 'correct horse', ' 12 '];
    for (const [i, secret] of secrets.entries()) {
      expect(await matches(secret, stored[i])).toBe('match');
    }
    expect(new Set(stored).size).toBe(9);
    expect(stored.slice(4, 7)).toEqual([null, '', hash]);
    expect(await matches('caf\u00e9', stored[8])).toBe('match');
    const again = await hashColumn(run);
    expect(again).toMatchObject({ rowCount: 0, written: 0, inClear: 0 });
    expect(await values()).toEqual(stored);
  });

  test('is only counted in a dry run, with the time it will take', async () => {
    await fill('4711', 'secret', null);
    const { irreversible: _, ...rest } = run as HashColumnOptions & { irreversible: boolean };
    const report = await hashColumn({ ...rest, dryRun: true });
    expect(report).toMatchObject({ dryRun: true, rowCount: 2, written: 0, inClear: 2 });
    expect(report.estimatedMs).toBeGreaterThan(10);
    expect(report.obstacles.map(({ kind }) => kind)).toEqual(['consent']);
    expect(report.after).toBeUndefined();
    expect(await values()).toEqual(['4711', 'secret', null]);
  });

  test('keeps its old values in the quarantine, where there is one', async () => {
    await fill('4711', 'secret');
    const report = await hashColumn({ ...run, irreversible: false, quarantine });
    expect(report).toMatchObject({ written: 2, inClear: 0 });
    const { rows } = await db.query('SELECT * FROM data_quarantine ORDER BY id');
    const old = rows.map(({ old_value: value, row_key: key }) =>
      decryptQuarantined(value, { schema: 'public', table: nasty, column: 'p"in', key }, keyRing),
    );
    expect(old).toEqual(['4711', 'secret']);
  });

  test('gives its hashes to a target and is emptied, whatever the old value was', async () => {
    const hash = await hashCredential('known', quick);
    await fill('4711', hash, null, 'newer');
    await db.query(`ALTER TABLE ${sql.table} ADD hash text, ALTER ${sql.column} DROP NOT NULL;
      UPDATE ${sql.table} SET hash = 'set by the new login' WHERE id = 4`);
    const report = await hashColumn({ ...run, target: 'hash' });
    expect(report).toMatchObject({
      rowCount: 3,
      written: 2,
      kept: [{ reason: 'the target holds something already', count: 1 }],
      inClear: 1,
    });
    const { rows } = await db.query(`SELECT hash FROM ${sql.table} ORDER BY id`);
    expect(await values()).toEqual([null, null, null, 'newer']);
    expect(await matches('4711', rows[0].hash)).toBe('match');
    expect(rows.slice(1)).toEqual([{ hash }, { hash: null }, { hash: 'set by the new login' }]);
  });

  test('is worked through without a primary key, duplicates and all', async () => {
    await db.query(`ALTER TABLE ${sql.table} DROP CONSTRAINT ${pg.escapeIdentifier(`${nasty}_pkey`)};
      INSERT INTO ${sql.table} (id, ${sql.column}) SELECT 1, 'same' FROM generate_series(1, 9)`);
    const report = await hashColumn({ ...run, batchSize: 2 });
    expect(report).toMatchObject({ rowCount: 9, written: 9, inClear: 0 });
    expect(new Set(await values()).size).toBe(9);
    await expect(hashColumn({ ...run, quarantine })).rejects.toThrow(/has no primary key/);
  });

  test('only has the rows hashed that `when` names', async () => {
    await fill('4711', '4712');
    const report = await hashColumn({ ...run, when: { column: 'id', equals: '2' } });
    expect(report).toMatchObject({ written: 1, inClear: 0 });
    expect((await values())[0]).toBe('4711');
  });
});
