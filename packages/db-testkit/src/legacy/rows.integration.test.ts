import { createDecipheriv, createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { legacyDatabase, type TestDatabase, testDatabase } from '../vitest.ts';
import { LEGACY_CIPHER_KEY } from './legacy-cipher.ts';
import { loadLegacyFixture } from './load.ts';
import { legacyTables } from './tables.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await legacyDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

async function column<T>(sql: string): Promise<T[]> {
  return (await client.query({ text: sql, rowMode: 'array' })).rows.map(([value]) => value as T);
}

test('three parents link five of 44 children, all of them real', async () => {
  expect(
    await column(`SELECT array_length(children_ids, 1) FROM parents ORDER BY username`),
  ).toEqual([2, 2, 1]);
  expect(
    await column(
      `SELECT count(DISTINCT c.id)::int FROM parents p JOIN children c ON c.id = ANY (p.children_ids)`,
    ),
  ).toEqual([5]);
});

test('the copied parent text sometimes contradicts the array', async () => {
  const claims = await column(`
    SELECT (p.children_ids @> ARRAY[c.id::text]) FROM children c
    JOIN parents p ON trim(lower(p.email)) = trim(lower(c.parent_email)) ORDER BY 1`);
  expect(claims).toEqual([false, false, true, true]);
});

test('text has the blemishes of hands: trailing blanks, three phone formats, a surname for a number', async () => {
  expect(
    await column(
      `SELECT count(*)::int FROM children WHERE first_name LIKE '% ' OR parent_email LIKE '% '`,
    ),
  ).toEqual([2]);
  expect(await column(`SELECT count(*)::int FROM parents WHERE email LIKE '% '`)).toEqual([1]);
  const shapes = await column(`
    SELECT DISTINCT regexp_replace(regexp_replace(parent_phone, '[0-9]', '9', 'g'), '[A-Za-z'']+', 'word')
    FROM children WHERE parent_phone IS NOT NULL ORDER BY 1`);
  expect(shapes).toHaveLength(4);
  expect(shapes).toEqual(
    expect.arrayContaining(['(999) 999-9999', '999-999-9999', '9999999999', 'word']),
  );
  expect(await column(`SELECT count(*)::int FROM children WHERE allergies = '{None}'`)).toEqual([
    2,
  ]);
});

test('children were entered again, and a namesake is another child', async () => {
  const groups = await column(`
    SELECT count(*)::int FROM (
      SELECT to_jsonb(c) - '{id,created_at,enrollment_date}'::text[] AS rest FROM children c) x
    GROUP BY rest HAVING count(*) > 1 ORDER BY 1`);
  expect(groups).toEqual([2, 3]);
  const namesakes = await column(`
    SELECT first_name FROM children GROUP BY first_name, last_name HAVING count(DISTINCT date_of_birth) > 1`);
  expect(namesakes.length).toBeGreaterThanOrEqual(1);
});

test('54 who-did-it values in seven columns name nobody', async () => {
  const actors = `(
    SELECT 'sessions.user_id' AS source, user_id AS actor FROM sessions
    UNION ALL SELECT 'security_credentials.user_id', user_id FROM security_credentials
    UNION ALL SELECT 'security_logs.user_id', user_id FROM security_logs
    UNION ALL SELECT 'documents.created_by', created_by FROM documents
    UNION ALL SELECT 'documents.updated_by', updated_by FROM documents
    UNION ALL SELECT 'safety_reminders.created_by', created_by FROM safety_reminders
    UNION ALL SELECT 'safety_reminders.assigned_to', assigned_to FROM safety_reminders
    UNION ALL SELECT 'safety_reminder_completions.completed_by', completed_by FROM safety_reminder_completions
    UNION ALL SELECT 'timesheet_entries.approved_by', approved_by FROM timesheet_entries
    UNION ALL SELECT 'pay_periods.processed_by', processed_by FROM pay_periods)`;
  const unknown = `${actors} a WHERE actor IS NOT NULL
    AND actor NOT IN (SELECT id FROM staff UNION ALL SELECT id FROM parents)`;
  expect(await column(`SELECT count(*)::int FROM ${unknown}`)).toEqual([54]);
  expect(await column(`SELECT count(DISTINCT source)::int FROM ${unknown}`)).toEqual([7]);
  expect(await column(`SELECT DISTINCT actor FROM ${unknown} ORDER BY 1`)).toEqual([
    '1',
    'admin',
    'parent_001',
    'parent_002',
    'parent_003',
    'staff_001',
    'system',
  ]);
});

test('sessions are all of user 1 and never ended; one cookie is still good', async () => {
  expect(
    await column(
      `SELECT count(*)::int FROM sessions WHERE is_active AND end_time IS NULL AND user_id = '1'`,
    ),
  ).toEqual([22]);
  expect(
    await column(`
      SELECT count(*)::int FROM user_sessions u JOIN sessions s ON s.id = u.sess->>'sessionId'
      WHERE u.expire > now()`),
  ).toEqual([1]);
});

test('eleven past attendances were never closed, two of one child on one day', async () => {
  expect(
    await column(
      `SELECT count(*)::int FROM attendance WHERE check_out_time IS NULL AND date < current_date`,
    ),
  ).toEqual([11]);
  expect(
    await column(`
      SELECT count(*)::int FROM attendance WHERE check_out_time IS NULL
      GROUP BY child_id, date::date HAVING count(*) > 1`),
  ).toEqual([2]);
});

test('credentials are RFID in the clear and AES ciphertext that the legacy passphrase opens', async () => {
  const patterns = { rfid: '^0x[0-9A-F]{8}$', pin: '^[0-9a-f]{32}$', biometric: '^[0-9a-f]{64}$' };
  for (const [type, pattern] of Object.entries(patterns)) {
    expect(
      await column(
        `SELECT bool_and(credential_data ~ '${pattern}') FROM security_credentials WHERE credential_type = '${type}'`,
      ),
    ).toEqual([true]);
  }
  const digest = (...parts: (Buffer | string)[]) => {
    const hash = createHash('md5');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const d1 = digest(LEGACY_CIPHER_KEY);
  const d2 = digest(d1, LEGACY_CIPHER_KEY);
  const d3 = digest(d2, LEGACY_CIPHER_KEY);
  for (const hex of await column<string>(
    `SELECT credential_data FROM security_credentials WHERE credential_type = 'pin'`,
  )) {
    const decipher = createDecipheriv('aes-256-cbc', Buffer.concat([d1, d2]), d3);
    expect(decipher.update(hex, 'hex', 'utf8') + decipher.final('utf8')).toMatch(/^\d{4}$/);
  }
  expect(
    await column(`SELECT count(*)::int FROM security_credentials WHERE expires_at < now()`),
  ).toEqual([2]);
  expect(
    await column(
      `SELECT bool_and(password_hash LIKE '$2b$10$%' AND length(password_hash) = 60) FROM parents`,
    ),
  ).toEqual([true]);
});

test('an RFID number strayed into the details of a log entry', async () => {
  expect(
    await column(`
      SELECT count(*)::int FROM security_logs l
      JOIN security_credentials c ON strpos(l.details, c.credential_data) > 0`),
  ).toEqual([1]);
});

test('about half of the devices hold an API key in the clear, one of them encoded twice', async () => {
  const configs = await column<string>(`SELECT connection_config FROM security_devices`);
  expect(configs.filter((text) => text.includes('apiKey'))).toHaveLength(6);
  expect(configs.filter((text) => typeof JSON.parse(text) === 'string')).toHaveLength(1);
});

test('request details are null, JSON, JSON with a whole body, and once cut off', async () => {
  const details = await column<string | null>(`SELECT details FROM session_activity`);
  const kinds = { none: 0, plain: 0, personal: 0, broken: 0 };
  for (const text of details) {
    if (text === null) kinds.none++;
    else if (!text.endsWith('}')) kinds.broken++;
    else if ('dateOfBirth' in (JSON.parse(text) as { body: object }).body) kinds.personal++;
    else kinds.plain++;
  }
  expect(kinds).toMatchInlineSnapshot(`
    {
      "broken": 1,
      "none": 67,
      "personal": 40,
      "plain": 446,
    }
  `);
  expect(kinds.broken).toBe(1);
});

test('severity is once in capitals, more than one compliance row is active, every state has ratios', async () => {
  expect(
    await column(`SELECT severity FROM alerts WHERE severity NOT IN ('critical', 'medium')`),
  ).toEqual(['HIGH']);
  expect(await column(`SELECT count(*)::int FROM state_compliance WHERE is_active`)).toEqual([2]);
  expect(
    await column(`SELECT count(*)::int FROM state_compliance JOIN state_ratios USING (state)`),
  ).toEqual([4]);
});

/** One hash over every value of every table. */
async function contentHash(url: string): Promise<string> {
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  const hash = createHash('sha256');
  for (const { name } of legacyTables) {
    const { rows } = await reader.query({
      text: `SELECT t::text FROM ${name} t ORDER BY 1`,
      rowMode: 'array',
    });
    hash.update(`${name}\n${rows.join('\n')}\n`);
  }
  await reader.end();
  return hash.digest('hex');
}

test('same seed, same rows; another seed, other rows', async () => {
  const [again, other] = [await testDatabase(), await testDatabase()];
  try {
    await loadLegacyFixture(again.url);
    await loadLegacyFixture(other.url, { seed: 2 });
    const expected = await contentHash(database.url);
    expect(await contentHash(again.url)).toBe(expected);
    expect(await contentHash(other.url)).not.toBe(expected);
  } finally {
    await again.drop();
    await other.drop();
  }
});

test('a scale multiplies activity, and people ten times slower', async () => {
  const large = await testDatabase();
  try {
    expect(await loadLegacyFixture(large.url, { scale: 11 })).toEqual({ tables: 38, rows: 7607 });
    const reader = new pg.Client({ connectionString: large.url });
    await reader.connect();
    const { rows } = await reader.query(`
      SELECT (SELECT count(*)::int FROM session_activity) AS activity, (SELECT count(*)::int FROM children) AS children,
        (SELECT count(*)::int FROM parents, unnest(children_ids) u JOIN children c ON c.id = u) AS links`);
    await reader.end();
    expect(rows).toEqual([{ activity: 6094, children: 88, links: 10 }]);
  } finally {
    await large.drop();
  }
});

test('refuses a database that holds tables, and leaves it as it was', async () => {
  await expect(loadLegacyFixture(database.url)).rejects.toThrow('already holds 38 tables');
  expect(await column(`SELECT count(*)::int FROM children`)).toEqual([44]);
});

test('refuses a scale that is no whole number', async () => {
  await expect(loadLegacyFixture(database.url, { scale: 0.5 })).rejects.toThrow(RangeError);
});
