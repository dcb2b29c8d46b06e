import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { legacy, migrated, type OpenDatabase } from './support/database.ts';
import { insert } from './support/rows.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await migrated();
});
afterAll(() => database[Symbol.asyncDispose]());

async function reduce(details: string | null): Promise<string | null> {
  const { rows } = await database.client.query(
    'SELECT public.reduce_request_details($1) AS reduced',
    [details],
  );
  return rows[0].reduced;
}

it.each([
  [null, null],
  ['', ''],
  ['User logged in', 'User logged in'],
  [
    'Session 0b0e6f4e-1111-4222-8333-123456789012 ended',
    'Session 0b0e6f4e-1111-4222-8333-123456789012 ended',
  ],
  [
    '{"method":"GET","path":"/api/children","status":200}',
    '{"method":"GET","path":"/api/children","status":200}',
  ],
  ['{}', '{}'],
])('leaves %j as it is', async (details, same) => {
  expect(await reduce(details)).toBe(same);
});

it.each([
  [
    'a body',
    { method: 'POST', body: { firstName: 'Emma', dob: '2020-05-01' } },
    { method: 'POST', body: ['dob', 'firstName'], reduced: true },
  ],
  [
    'nested bodies and arrays of objects',
    {
      body: { child: { name: 'Emma' }, guardians: [{ phone: '1' }, { mail: '2' }], tags: ['nut'] },
    },
    {
      body: ['child', 'child.name', 'guardians', 'guardians.mail', 'guardians.phone', 'tags'],
      reduced: true,
    },
  ],
  [
    'a body written as text',
    { body: '{"firstName":"Emma"}' },
    { body: ['firstName'], reduced: true },
  ],
  [
    'a body that is the whole',
    { firstName: 'Emma', age: 4, enrolled: true },
    { firstName: null, age: null, enrolled: null, reduced: true },
  ],
  ['an array at the top', [{ firstName: 'Emma' }, 'Liam'], { keys: ['firstName'], reduced: true }],
  ['a query string', { url: '/api/children?name=Emma' }, { url: '/api/children', reduced: true }],
  [
    'personal data in a known key',
    {
      reason: 'mail to emma@example.test',
      path: '/by-phone/555-123-4567',
      result: 'born 2020-05-01',
      action: 'login',
    },
    { reason: null, path: null, result: null, action: 'login', reduced: true },
  ],
  [
    'a key that is a value',
    { 'Emma Smith': 1, ok: { 'emma@example.test': 2 } },
    { '*': null, ok: ['*'], reduced: true },
  ],
  [
    'a text that pretends to be reduced',
    { reduced: true, body: ['Emma Smith', 'x'], note: 'Emma' },
    { reduced: true, body: [], note: null },
  ],
])('reduces %s', async (_, details, reduced) => {
  const once = await reduce(JSON.stringify(details));
  expect(JSON.parse(once as string)).toEqual(reduced);
  const twice = await reduce(JSON.stringify(JSON.stringify(details)));
  expect(JSON.parse(twice as string)).toEqual(reduced);
});

it.each([
  '{"method":"POST","body":{"firstName":"Em',
  '["Emma',
  '"Emma',
  'firstName=Emma&dob=1',
  'firstName":"Emma"}',
  'call 555 123 4567',
  'emma@example.test asked',
  'born 01.05.2020',
  `{"a":1e999999999}`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `{"method":"\\u0000"}`,
  'x'.repeat(1000),
])('keeps nothing of a text that it cannot read: %#', async (details) => {
  expect(await reduce(details)).toBe('{"unparsed": true}');
  expect(await reduce('{"unparsed": true}')).toBe('{"unparsed": true}');
});

/** Text that occurs nowhere in the rules, so that a leak is seen. */
const secret = fc.stringMatching(/^[a-z]{3}QZ[a-z ]{0,6}$/);
const key = fc.oneof(
  fc.constantFrom('body', 'data', 'method', 'path', 'status', 'reason', 'reduced', 'query', 'keys'),
  fc.stringMatching(/^[a-z_]{1,8}$/),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    secret,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(key, tie('any'), { maxKeys: 5 }),
    fc.dictionary(key, tie('any'), { maxKeys: 3 }).map((object) => JSON.stringify(object)),
  ),
})).any;

it('sees a value behind a key that stands twice', async () => {
  const reduced = await reduce('{"method": "Emma Smith", "method": "GET"}');
  expect(JSON.parse(reduced as string)).toEqual({ method: 'GET', reduced: true });
  expect(reduced).not.toContain('Emma');
});

it('never fails, keeps no value of a body, and changes nothing the second time', async () => {
  const metadata = /^(method|path|reason|status)$/;
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        key.filter((name) => !metadata.test(name)),
        value,
        { maxKeys: 6 },
      ),
      async (details) => {
        const once = await reduce(JSON.stringify({ ...details, reduced: 'no' }));
        expect(once).not.toContain('QZ');
        expect(await reduce(once)).toBe(once);
      },
    ),
    { numRuns: 150 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        value.map((any) => JSON.stringify(any).slice(0, 40)),
      ),
      async (text) => {
        const once = await reduce(text.replaceAll('\0', ''));
        expect(await reduce(once)).toBe(once);
      },
    ),
    { numRuns: 150 },
  );
});

it('reduces every row of the legacy log without failing', async () => {
  await using other = await legacy();
  await other.migrator.up();
  const { rows } = await other.client.query(`
    SELECT count(*) FILTER (WHERE reduced ~ '@|\\d{3}[- .]\\d{4}|\\d{4}-\\d{2}-\\d{2}|fixture-password')::int AS leaks,
      count(*) FILTER (WHERE reduced IS DISTINCT FROM public.reduce_request_details(reduced))::int AS restless,
      count(*) FILTER (WHERE reduced <> details)::int > 40 AS some
    FROM (SELECT details, public.reduce_request_details(details) AS reduced FROM public.session_activity) AS log`);
  expect(rows).toEqual([{ leaks: 0, restless: 0, some: true }]);
});

it('stands beside the log disabled, and keeps bodies out once it is enabled', async () => {
  const { client } = database;
  await insert(client, 'sessions', { id: 'login', user_id: '1', username: 'u', role: 'staff' });
  const row = { session_id: 'login', action: 'POST', details: '{"body":{"firstName":"Emma"}}' };
  expect(await insert(client, 'session_activity', row)).toMatchObject({ details: row.details });
  await client.query(
    'ALTER TABLE public.session_activity ENABLE TRIGGER session_activity_keep_bodies_out',
  );
  const kept = await insert(client, 'session_activity', row);
  expect(JSON.parse(kept.details as string)).toEqual({ body: ['firstName'], reduced: true });
});
