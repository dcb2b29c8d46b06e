/** What becomes of masking views when the options, the tables or somebody else changes something. */
import { quoteIdent } from '@tothub/db-catalog';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  analyst,
  database,
  db,
  inPublic,
  options,
  outsider,
  read,
  reader,
  schema,
  staff,
  unsuffixed,
  useMaskingDatabase,
} from '../../test/masking-database.ts';
import { createMaskingViews } from './create-masking-views.ts';
import { dropMaskingViews } from './drop-masking-views.ts';
import type { MaskedTable } from './mask.ts';
import { maskingStatus } from './masking-status.ts';

useMaskingDatabase();

describe('a second call', () => {
  test('changes nothing and takes no lock where all is right', async () => {
    await createMaskingViews(options());
    await reader.query('BEGIN; SELECT FROM masked.staff');
    onTestFinished(async () => void (await reader.query('ROLLBACK')));
    const result = await createMaskingViews(options());
    expect(result).toMatchObject({
      changed: [],
      unchanged: [{ schema, name: 'staff' }],
      status: { ok: true },
    });
  });

  test('makes the views that are asked for now, with other columns, types and readers', async () => {
    await createMaskingViews({ ...options(), grantTo: [analyst, outsider] });
    const columns: MaskedTable['columns'] = { email: 'hash', born: 'pass' };
    const tables = [{ ...staff, columns }];
    const status = await maskingStatus({ ...options(), tables });
    expect(unsuffixed(status.views[0]?.problems)).toEqual([
      'does not show what is asked for now',
      '"masking outsider N" has SELECT on it',
    ]);
    const dry = await createMaskingViews({ ...options(), tables, dryRun: true });
    expect(dry).toMatchObject({ changed: [{ schema, name: 'staff' }], status: { ok: false } });
    expect(await createMaskingViews({ ...options(), tables })).toMatchObject({
      status: { ok: true },
    });
    expect(Object.keys((await read('SELECT * FROM masked.staff'))[0])).toEqual(['email', 'born']);
    await reader.query(`RESET ROLE; SET ROLE ${quoteIdent(outsider)}`);
    await expect(read('SELECT * FROM masked.staff')).rejects.toThrow(/permission denied/);
  });

  test('and many at once end as one would', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    onTestFinished(() => pool.end());
    const tables = [{ ...staff, columns: { ...staff.columns, ssn: 'hash' as const } }];
    await Promise.all(
      Array.from({ length: 6 }, () => createMaskingViews({ ...options(), tables, db: pool })),
    );
    expect(await maskingStatus({ ...options(), tables })).toMatchObject({ ok: true });
    expect((await db.query('SELECT count(*)::int AS n FROM masked.masking_salt')).rows).toEqual([
      { n: 1 },
    ]);
  });

  test('leaves all as it was when one view cannot be made', async () => {
    await createMaskingViews(options());
    await db.query('CREATE VIEW public.mine AS SELECT email FROM masked.staff');
    const tables: MaskedTable[] = [
      { table: inPublic('staff'), view: 'first', columns: { id: 'pass' }, unnamed: 'omit' },
      { ...staff, columns: { id: 'pass' } },
    ];
    await expect(createMaskingViews({ ...options(), tables })).rejects.toThrow(
      /would replace a view that other objects depend on\. Drop those first/,
    );
    await expect(dropMaskingViews({ db, schema })).rejects.toThrow(
      /depend on them\. Drop those first/,
    );
    expect(await read("SELECT to_regclass('masked.first') AS made")).toEqual([{ made: null }]);
    expect(await maskingStatus(options())).toMatchObject({ ok: true });
  });
});

describe('a column that the table gains', () => {
  test('is in no view, is reported, and must be named where unnamed columns pass', async () => {
    const passing: MaskedTable = {
      ...staff,
      view: 'everyone',
      columns: { ssn: 'null' },
      unnamed: 'pass',
    };
    const tables = [staff, passing];
    await createMaskingViews({ ...options(), tables });
    await db.query("ALTER TABLE staff ADD COLUMN diagnosis text DEFAULT 'private'");
    expect(JSON.stringify(await read('SELECT * FROM masked.staff, masked.everyone'))).not.toContain(
      'private',
    );
    const status = await maskingStatus({ ...options(), tables });
    expect(status.views.map(({ addedColumns }) => addedColumns)).toEqual([
      ['diagnosis'],
      ['diagnosis'],
    ]);
    expect(status.ok).toBe(false);
    await expect(createMaskingViews({ ...options(), tables })).rejects.toThrow(
      /has gained diagnosis since its view was made\. Name each with a mask, or with 'pass'/,
    );
    const named = { ...passing, columns: { ssn: 'null', diagnosis: { constant: 'x' } } as const };
    expect(await createMaskingViews({ ...options(), tables: [staff, named] })).toMatchObject({
      status: { ok: true },
    });
    expect(await read('SELECT DISTINCT diagnosis FROM masked.everyone')).toEqual([
      { diagnosis: 'x' },
    ]);
    expect(JSON.stringify(await read('SELECT * FROM masked.staff'))).not.toContain('private');
  });

  test('and one that it renames or drops is refused until the masks say otherwise', async () => {
    await createMaskingViews(options());
    await db.query('ALTER TABLE staff RENAME COLUMN account TO iban');
    await expect(maskingStatus(options())).rejects.toThrow(
      /has no column account to mask\. Correct the masks: it may have been renamed/,
    );
    expect(await read('SELECT account FROM masked.staff WHERE id = 1')).toEqual([
      { account: '***0532' },
    ]);
    await expect(db.query('ALTER TABLE staff ALTER COLUMN iban TYPE varchar(40)')).rejects.toThrow(
      /used by a view/,
    );
    expect(await dropMaskingViews({ db, schema })).toEqual([{ schema, name: 'staff' }]);
    await db.query('ALTER TABLE staff ALTER COLUMN iban TYPE varchar(40)');
    expect(await dropMaskingViews({ db, schema })).toEqual([]);
  });
});

test('the status tells what was altered by hand, what is left over, and who needs no view', async () => {
  await createMaskingViews({ ...options(), tables: [staff, { ...staff, view: 'second' }] });
  await db.query(`ALTER VIEW masked.staff SET (security_barrier = off, security_invoker = on);
    CREATE OR REPLACE VIEW masked.second AS SELECT id, name, email, account, NULL::int AS born, pay FROM staff;
    GRANT UPDATE (id) ON masked.second TO PUBLIC;
    GRANT SELECT (ssn) ON staff TO ${quoteIdent(analyst)}; REVOKE USAGE ON SCHEMA masked FROM ${quoteIdent(analyst)}`);
  expect(unsuffixed(await maskingStatus({ ...options(), tables: [staff] }))).toMatchInlineSnapshot(`
    {
      "bypasses": [
        ""masking analyst ""N""" can read public.staff itself",
      ],
      "ok": false,
      "others": [
        {
          "name": "second",
          "schema": "masked",
        },
      ],
      "views": [
        {
          "addedColumns": [],
          "name": "staff",
          "problems": [
            "is no security barrier any more",
            "reads with its reader's rights",
            ""masking analyst ""N""" may not read it",
          ],
          "schema": "masked",
          "table": {
            "name": "staff",
            "schema": "public",
          },
        },
      ],
    }
  `);
  const second = { ...staff, view: 'second' };
  const { views } = await maskingStatus({ ...options(), tables: [second] });
  expect(unsuffixed(views[0]?.problems)).toMatchInlineSnapshot(`
    [
      "was altered since it was made",
      "is no security barrier any more",
      ""masking analyst ""N""" may not read it",
      "PUBLIC has UPDATE on it",
    ]
  `);
  const mended = await createMaskingViews({ ...options(), tables: [staff, second] });
  expect(mended.status).toMatchObject({ views: [{ problems: [] }, { problems: [] }], ok: false });
  await db.query(`REVOKE SELECT (ssn) ON staff FROM ${quoteIdent(analyst)}`);
  expect(await maskingStatus({ ...options(), tables: [staff, second] })).toMatchObject({
    ok: true,
  });
});

test('the status tells who knows the salt or may put objects beside the views, and the next call ends the first', async () => {
  const tables = [{ ...staff, columns: { ssn: 'hash' as const } }];
  await createMaskingViews({ ...options(), tables });
  await db.query(`GRANT SELECT ON masked.masking_salt TO PUBLIC; GRANT CREATE ON SCHEMA masked TO ${quoteIdent(analyst)};
    ALTER VIEW masked.staff SET (security_invoker = YES)`);
  const { bypasses, views } = await maskingStatus({ ...options(), tables });
  expect(unsuffixed([...bypasses, ...(views[0]?.problems ?? [])])).toEqual([
    '"masking analyst ""N""" can make objects in masked',
    'PUBLIC has rights on the salt of the hashes',
    "reads with its reader's rights",
  ]);
  await db.query('ALTER VIEW masked.staff SET (security_invoker = NO)');
  await db.query(`GRANT pg_read_all_data TO ${quoteIdent(outsider)}`);
  onTestFinished(
    async () => void (await db.query(`REVOKE pg_read_all_data FROM ${quoteIdent(outsider)}`)),
  );
  const { changed, status } = await createMaskingViews({ ...options(), tables });
  expect(changed).toEqual([]);
  expect(status.bypasses).toHaveLength(1);
  const both = await maskingStatus({ ...options(), tables, grantTo: [analyst, outsider] });
  expect(unsuffixed(both.bypasses)).toContain('"masking outsider N" can read public.staff itself');
  await expect(read('SELECT * FROM masked.masking_salt')).rejects.toThrow(/permission denied/);
});

test('needs no superuser, only the table and a place for the views', async () => {
  const maker = quoteIdent(outsider);
  await db.query(
    `GRANT CREATE ON DATABASE ${quoteIdent(database.name)} TO ${maker}; ALTER TABLE staff OWNER TO ${maker}; SET ROLE ${maker}`,
  );
  onTestFinished(async () => void (await db.query('RESET ROLE')));
  const tables = [{ ...staff, columns: { ...staff.columns, ssn: 'hash' as const } }];
  expect((await createMaskingViews({ ...options(), tables })).status.ok).toBe(true);
  const grantTo = [analyst, outsider]; // The owner needs no grant.
  expect(await createMaskingViews({ ...options(), tables, grantTo })).toMatchObject({
    changed: [],
  });
  expect(await read('SELECT account FROM masked.staff WHERE id = 1')).toEqual([
    { account: '***0532' },
  ]);
});
