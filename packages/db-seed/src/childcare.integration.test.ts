import { legacyDatabase, type TestDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childcareProfile } from './childcare.ts';
import { seedDatabase } from './index.ts';

const twelve = [
  'billing',
  'child_schedules',
  'daily_reports',
  'document_reminders',
  'document_renewals',
  'media_shares',
  'messages',
  'payroll_audit',
  'payroll_reports',
  'security_zones',
  'teacher_notes',
  'user_profiles',
];

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await legacyDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Every row of every table but the twelve, as one hash. */
async function everythingElse(): Promise<string> {
  const { rows } = await client.query<{ xml: string }>(
    `SELECT string_agg(c.oid::regclass || md5(query_to_xml(format('SELECT * FROM %s AS t ORDER BY t::text', c.oid::regclass), true, true, '')::text), ',' ORDER BY c.oid::regclass::text) AS xml
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('public', 'drizzle') AND c.relkind = 'r' AND c.relname <> ALL ($1)`,
    [twelve],
  );
  return rows[0]?.xml ?? '';
}

const count = async (where: string): Promise<number> => {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${where}`);
  return Number(rows[0]?.count);
};

test('fills the twelve empty tables of the legacy database and touches nothing else', async () => {
  const before = await everythingElse();
  const result = await seedDatabase({ connectionString: database.url, profile: childcareProfile });
  expect(result.skipped).toEqual([]);
  expect(result.tables.map(({ table }) => table).sort()).toEqual(twelve);
  for (const { table, rows } of result.tables) {
    expect(rows).toBeGreaterThanOrEqual(5);
    expect(rows).toBeLessThanOrEqual(10);
    expect(await count(`public.${table}`)).toBe(rows);
  }
  expect(await everythingElse()).toBe(before);

  expect(await seedDatabase({ connectionString: database.url, profile: childcareProfile })).toEqual(
    { tables: [], skipped: [] },
  );
});

test('draws values that belong together', async () => {
  expect(
    await count(`billing WHERE period_start >= period_end OR period_end >= due_date
      OR tuition_amount + extra_fees <> total_amount OR status NOT IN ('pending', 'sent', 'paid', 'overdue')`),
  ).toBe(0);
  expect(
    await count(`child_schedules WHERE scheduled_arrival >= scheduled_departure
      OR scheduled_arrival::date <> date::date OR (is_present AND actual_arrival IS NULL)`),
  ).toBe(0);
  expect(
    await count('document_renewals WHERE previous_expiration_date >= new_expiration_date'),
  ).toBe(0);
  expect(await count('document_reminders WHERE acknowledged_at < sent_at')).toBe(0);
});

test('refers to rows that exist, also where no foreign key says so', async () => {
  const missing = (ids: string, parent: string): Promise<number> =>
    count(`(${ids}) AS used (id) WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM ${parent})`);
  expect(await missing('SELECT unnest(device_ids) FROM security_zones', 'security_devices')).toBe(
    0,
  );
  expect(await missing('SELECT unnest(children_ids) FROM user_profiles', 'children')).toBe(0);
  expect(
    await missing(
      `SELECT acknowledged_by FROM document_reminders UNION SELECT processed_by FROM document_renewals
       UNION SELECT generated_by FROM payroll_reports UNION SELECT changed_by FROM payroll_audit`,
      'staff',
    ),
  ).toBe(0);
  expect(await count('user_profiles WHERE cardinality(children_ids) > 0')).toBeGreaterThan(0);
  expect(await count('security_zones WHERE cardinality(device_ids) = 0')).toBe(0);
  expect(await count('user_profiles')).toBe(
    await count('(SELECT DISTINCT user_id FROM user_profiles) AS one'),
  );
});

test('writes JSON that parses into the text columns that hold it', async () => {
  const { rows } = await client.query<{ rules: string }>(
    'SELECT access_rules AS rules FROM security_zones UNION ALL SELECT notification_preferences FROM user_profiles',
  );
  for (const { rules } of rows) expect(JSON.parse(rules)).toBeTypeOf('object');
});

test('uses reserved addresses only', async () => {
  expect(
    await count(
      `user_profiles WHERE email NOT LIKE '%@example.org' OR phone_number NOT LIKE '202-555-01__'`,
    ),
  ).toBe(0);
  expect(await count(`media_shares WHERE media_url NOT LIKE 'https://example.org/%'`)).toBe(0);
});
