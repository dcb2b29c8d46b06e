/** What hashColumn must say before it writes, and what must never be seen of a plaintext. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { database, db, useDatabase } from '../../../test/own-database.ts';
import { enableAudit } from '../../audit/enable-audit.ts';
import { installAudit } from '../../audit/install-audit.ts';
import { KeyRing } from '../../keys/key-ring.ts';
import type { ClassTreatment } from './column-class.ts';
import { hashColumn } from './hash-column.ts';
import type { HashColumnOptions } from './hash-column-options.ts';

const keys = () => ({ current: 'k', keys: new Map([['k', randomBytes(32)]]) });
const keyRing = new KeyRing({ pepper: keys(), encryption: keys(), blindIndex: keys() });
const table = { schema: 'public', name: 'logins' };

let run: HashColumnOptions;

useDatabase();

beforeAll(async () => {
  run = { db, table, column: 'pin', keyRing, irreversible: true, algorithm: 'argon2id' };
});

beforeEach(async () => {
  await db.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    CREATE TABLE logins (id int PRIMARY KEY, pin text, name text);
    INSERT INTO logins VALUES (1, 'plaintext one'), (2, 'plaintext two')`);
});

async function pins(): Promise<string[]> {
  const { rows } = await db.query('SELECT pin FROM logins ORDER BY id');
  return rows.map(({ pin }) => pin);
}

async function obstacles(change: Partial<HashColumnOptions> = {}) {
  const report = await hashColumn({ ...run, ...change, dryRun: true } as HashColumnOptions);
  return report.obstacles.map(({ kind, name }) => `${kind} ${name}`);
}

describe('without a word of the caller', () => {
  test('nothing is lost for ever', async () => {
    const { irreversible: _, ...rest } = run as HashColumnOptions & { irreversible: boolean };
    await expect(hashColumn(rest)).rejects.toThrow(
      /was not hashed, and nothing was changed: Hashing cannot be undone.*Name a quarantine with a key ring/,
    );
    const { keyRing: __, ...noRing } = rest as HashColumnOptions;
    const quarantine = { schema: 'public', name: 'data_quarantine' };
    await expect(hashColumn({ ...noRing, quarantine } as HashColumnOptions)).rejects.toThrow(
      /there is no key ring to encrypt them with/,
    );
    expect(await pins()).toEqual(['plaintext one', 'plaintext two']);
  });

  test('no value is hashed that may be no plaintext, nor kept that may be one', async () => {
    const open = [
      '   ',
      '0x1A2B3C4D',
      'ab'.repeat(32),
      'AZlm0qkQ3x_9dE7-ZkPq2A',
      '{"pin":1}',
      '$1$money',
      '$2b$10$WnYkYhMFFB4WhyMsWxx1yOVkHFAvEmykGuMkBVvIwvnCLjwkZIUsq ',
      'x'.repeat(5000),
    ];
    await db.query(
      `INSERT INTO logins SELECT 10 + n, v FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n)`,
      [open],
    );
    const classes = [
      'blank',
      'token',
      'ciphertext',
      'identifier',
      'json',
      'other-hash',
      'too-long',
    ];
    expect((await obstacles()).sort()).toEqual(classes.map((each) => `class ${each}`).sort());
    const error = await hashColumn(run).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(
      `2 values are perhaps hashes that cannot be verified here. Say what becomes of them: treat: { 'other-hash': 'keep' }.`,
    );
    expect(await pins()).toHaveLength(10);
    const treat: ClassTreatment = {
      blank: 'hash',
      token: 'hash',
      ciphertext: 'keep',
      identifier: 'hash',
      json: 'keep',
      'other-hash': 'keep',
      'too-long': 'keep',
    };
    const report = await hashColumn({ ...run, treat });
    expect(report).toMatchObject({ written: 5, inClear: 0 });
    expect(report.kept.map(({ count }) => count)).toEqual([1, 1, 2, 1]);
    const after = await pins();
    expect(after.filter((pin) => !pin.startsWith('$argon2id-hmac'))).toEqual([
      ...[open[2], open[4], open[5], open[6], open[7]],
    ]);
  });

  test('more than 72 bytes are cut off by no bcrypt', async () => {
    await db.query(`UPDATE logins SET pin = repeat('\u00e9', 37) WHERE id = 1`);
    const bcrypt = { db, table, column: 'pin', irreversible: true, cost: 10 } as const;
    const report = await hashColumn({ ...bcrypt, dryRun: true });
    expect(report.before).toContainEqual({ class: 'too-long', rows: 1 });
  });
});

describe('a column that does not hold a hash as it is', () => {
  test.each([
    [
      'varchar(96)',
      /is of type character varying\(96\), which does not hold a hash of 1\d\d characters/,
    ],
    ['char(200)', /is of type character\(200\), which does not hold a hash/],
    ['name', /is of type name, which/],
    ['short', /is of type short, which/],
  ])('because it is %s is refused', async (type, message) => {
    await db.query(`CREATE DOMAIN short AS text CHECK (length(value) < 20);
      ALTER TABLE logins ALTER pin TYPE ${type} USING pin::${type}`);
    await expect(hashColumn(run)).rejects.toThrow(message);
  });

  test('because it is a number is refused', async () => {
    await db.query('ALTER TABLE logins ALTER pin TYPE int USING id * 1234');
    await expect(hashColumn(run)).rejects.toThrow(/is of type integer.*Make it text first/);
  });

  test('because a check forbids it is refused, and one that allows it is not', async () => {
    await db.query(`ALTER TABLE logins ADD CONSTRAINT "fits ""it""" CHECK (length(pin) >= 4 AND id < 100),
      ADD CONSTRAINT "no dollar" CHECK (pin NOT LIKE '$%') NOT VALID,
      ADD CONSTRAINT "whole row" CHECK (logins::text <> ''),
      ADD CONSTRAINT "a number" CHECK (pin LIKE '%plain%' OR pin::int > 0)`);
    expect(await obstacles()).toEqual(['check a number', 'check no dollar']);
    await expect(hashColumn(run)).rejects.toThrow(
      /The check "a number" cannot be evaluated for a hash\. .*The check "no dollar" refuses a hash in 2 rows/,
    );
  });
});

describe('what depends on the column', () => {
  test('is refused where the hash would break it, whatever is accepted', async () => {
    await db.query(
      `ALTER TABLE logins ADD UNIQUE (pin); CREATE TABLE uses (pin text REFERENCES logins (pin))`,
    );
    const accept = ['unique logins_pin_key', 'foreign-key uses_pin_fkey'];
    expect(await obstacles({ accept })).toEqual(['foreign-key uses_pin_fkey']);
    await expect(hashColumn({ ...run, accept })).rejects.toThrow(/Drop it first/);
    await expect(hashColumn({ ...run, target: 'pin' })).rejects.toThrow(/Leave it out/);
    await expect(hashColumn({ ...run, column: 'id' })).rejects.toThrow(/part of the primary key/);
  });

  test('is accepted by name where it may stay, and told where it does no harm', async () => {
    await db.query(`
      ALTER TABLE logins ADD low text GENERATED ALWAYS AS (lower(pin)) STORED, ALTER pin SET DEFAULT 'changeme';
      CREATE UNIQUE INDEX "uni que" ON logins (lower(pin)); CREATE INDEX ind ON logins (id) WHERE pin <> '';
      CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
      CREATE TRIGGER "t 1" BEFORE UPDATE ON logins FOR EACH ROW EXECUTE FUNCTION nothing();
      CREATE TRIGGER of_name BEFORE UPDATE OF name ON logins FOR EACH ROW EXECUTE FUNCTION nothing();
      CREATE TRIGGER off BEFORE UPDATE ON logins FOR EACH ROW EXECUTE FUNCTION nothing();
      ALTER TABLE logins DISABLE TRIGGER off;
      CREATE RULE also AS ON UPDATE TO logins DO ALSO NOTIFY changed;
      CREATE VIEW v AS SELECT pin FROM logins; CREATE VIEW without AS SELECT id FROM logins;
      CREATE MATERIALIZED VIEW m AS SELECT pin FROM logins;
      CREATE POLICY p ON logins USING (pin <> '');
      CREATE PUBLICATION pub FOR TABLE logins`);
    const accept = ['generated-column low', 'rule also', 'trigger t 1', 'unique uni que'];
    expect(await obstacles()).toEqual(accept);
    const report = await hashColumn({ ...run, accept });
    expect(report).toMatchObject({ written: 2, inClear: 0 });
    expect(report.notes).toMatchInlineSnapshot(`
      [
        "The column pin has a default, which is no hash: drop it, or new rows may hold it in the clear.",
        "The index ind will find hashes only; drop it if look-ups by the value were its purpose.",
        "The materialised view public.m keeps its copy of the plaintext until REFRESH MATERIALIZED VIEW public.m.",
        "The policy p will compare hashes.",
        "The publication pub carries the table: subscribers get the hashes, and keep what they stored elsewhere.",
        "The view public.v will show hashes.",
      ]
    `);
  });

  test('never hashes the hash, though a trigger that does so was accepted', async () => {
    await db.query(`CREATE FUNCTION hash() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN new.pin := md5(new.pin); RETURN new; END $$;
      CREATE TRIGGER hash BEFORE UPDATE ON logins FOR EACH ROW EXECUTE FUNCTION hash()`);
    await expect(hashColumn({ ...run, accept: ['trigger hash'] })).rejects.toThrow(
      /stored something else than it was given.*disable that trigger first/,
    );
    expect(await pins()).toEqual(['plaintext one', 'plaintext two']);
  });

  test('is refused when the role may not update it', async () => {
    const role = `reader_${database.name}`;
    await db.query(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA public TO ${role};
      GRANT SELECT, UPDATE (name) ON logins TO ${role}; SET ROLE ${role}`);
    try {
      expect(await obstacles()).toEqual(['privilege pin']);
    } finally {
      await db.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  test('does not include partitions, if there is a key', async () => {
    await db.query(`CREATE TABLE parted (id int, pin text) PARTITION BY LIST (pin);
      CREATE TABLE part PARTITION OF parted DEFAULT`);
    const parted = { schema: 'public', name: 'parted' };
    await expect(hashColumn({ ...run, table: parted })).rejects.toThrow(/has no primary key/);
    await db.query('DROP TABLE parted');
    await db.query(
      `CREATE TABLE parted (id int, pin text, other text, PRIMARY KEY (id)) PARTITION BY LIST (id)`,
    );
    await db.query(
      `CREATE TABLE part PARTITION OF parted DEFAULT; INSERT INTO parted VALUES (1, 'a plaintext')`,
    );
    expect(await hashColumn({ ...run, table: parted })).toMatchObject({ written: 1, inClear: 0 });
  });

  test('includes tables that inherit from it', async () => {
    await db.query('CREATE TABLE child () INHERITS (logins)');
    await expect(hashColumn(run)).rejects.toThrow(/NO INHERIT first/);
  });
});

describe('an audited table', () => {
  beforeEach(async () => {
    await db.query('DROP SCHEMA IF EXISTS audit CASCADE');
    await installAudit(db);
  });

  test('is refused unless the audit leaves the column out, and then logs no plaintext', async () => {
    await enableAudit(db, table, { redact: ['name'] });
    expect(await obstacles()).toEqual(['audit public.logins']);
    await expect(hashColumn(run)).rejects.toThrow(
      `Call enableAudit(db, { schema: "public", name: "logins" }, { redact: ["pin"] }) first`,
    );
    await enableAudit(db, table, { redact: ['pin'] });
    const report = await hashColumn(run);
    expect(report).toMatchObject({ written: 2, inClear: 0 });
    expect(report.notes).toEqual([expect.stringContaining('take it out with eraseAudit')]);
    const { rows } = await db.query('SELECT to_jsonb(l) AS entry FROM audit.log AS l');
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(rows)).not.toMatch(/plaintext|argon2id/);
  });
});

describe('the plaintext', () => {
  test('is sent to the server neither as text nor as parameter, nor told in progress or report', async () => {
    const seen: string[] = [];
    const watched = {
      query(text: string, values?: unknown[]) {
        seen.push(text, JSON.stringify(values ?? []));
        return db.query(text, values);
      },
    };
    const report = await hashColumn({
      ...run,
      db: watched,
      onProgress: (progress) => seen.push(JSON.stringify(progress)),
    });
    seen.push(JSON.stringify(report));
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter((each) => each.includes('plaintext '))).toEqual([]);
  });

  test('is in no refusal of PostgreSQL', async () => {
    await db.query(`CREATE FUNCTION grumble() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'will not replace %', old.pin; END $$;
      CREATE TRIGGER grumble BEFORE UPDATE ON logins FOR EACH ROW EXECUTE FUNCTION grumble()`);
    const error = await hashColumn({ ...run, accept: ['trigger grumble'] }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toMatch(/Hashing public\.logins\.pin failed \(code P0001/);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('plaintext ');
    expect(await pins()).toEqual(['plaintext one', 'plaintext two']);
  });

  test('leaves the statistics of the planner, and is told where it stays', async () => {
    await db.query(
      `INSERT INTO logins SELECT i, 'common plaintext' FROM generate_series(3, 12) AS i; ANALYZE logins`,
    );
    const statistics = () =>
      db.query(
        `SELECT (s.most_common_vals::text || coalesce(s.histogram_bounds::text, '')) AS text FROM pg_stats AS s WHERE attname = 'pin'`,
      );
    expect((await statistics()).rows[0].text).toContain('common plaintext');
    const report = await hashColumn(run);
    expect(report.remains).toMatchObject({
      oldVersions: 12,
      sql: 'VACUUM (FULL, ANALYZE) public.logins',
      inStatistics: 0,
    });
    expect(report.remains.tableBytes).toBeGreaterThan(8191);
    expect(JSON.stringify((await statistics()).rows)).not.toContain('plaintext');
  });
});
