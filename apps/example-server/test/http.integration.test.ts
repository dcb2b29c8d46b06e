import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseCatalog } from '@tothub/db-catalog';
import { pgbouncerBinary, startPgbouncer } from '@tothub/db-testkit';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadMigratedFixture, rows } from './migrated-fixture.ts';
import { type RunningApp, runApp, SCHEMA_TOKEN } from './running-app.ts';
import { lockTable } from './table-lock.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await loadMigratedFixture(database.url);
});
afterAll(() => database?.drop());

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

/** Ids of a list, read page by page. */
async function walk(app: RunningApp, path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const cursor: string = after === '' ? '' : `&after=${after}`;
    const response = await app.get(`${path}${path.includes('?') ? '&' : '?'}limit=7${cursor}`);
    expect(response.status).toBe(200);
    const page = (await response.json()) as Page;
    expect(page.items.length).toBeLessThanOrEqual(7);
    ids.push(...page.items.map(({ id }) => id));
    after = page.nextCursor;
  }
  return ids;
}

async function problem(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  return response.json();
}

describe.each([
  ['direct', false],
  ['through PgBouncer in transaction mode', true],
] as const)('%s', (_, isPooled) => {
  const isMissing = isPooled && pgbouncerBinary() === undefined;
  const stack = new AsyncDisposableStack();
  let app: RunningApp;
  beforeAll(async () => {
    if (isMissing) return;
    const url = isPooled
      ? stack.use(await startPgbouncer({ url: database.url, settings: { default_pool_size: 3 } }))
          .url
      : database.url;
    app = stack.use(
      await runApp({ connectionString: url, ...(isPooled ? { mode: 'pooler' } : {}) }),
    );
  });
  afterAll(() => stack.disposeAsync());

  test.skipIf(isMissing)('a child comes with its parents, the primary one marked', async () => {
    const links = await rows<{ child: string; parents: string[]; primary: string | null }>(
      database.url,
      `SELECT child.id AS child, child.parent_id AS primary,
         array_agg(parent.id ORDER BY parent.first_name, parent.last_name, parent.id) AS parents
       FROM public.child_guardians JOIN public.children AS child ON child.id = child_id
       JOIN public.parents AS parent ON parent.id = child_guardians.parent_id GROUP BY child.id`,
    );
    expect(links.length).toBeGreaterThan(2);
    for (const { child, parents, primary } of links) {
      const answer = (await (await app.get(`/children/${encodeURIComponent(child)}`)).json()) as {
        id: string;
        parents: { id: string; isPrimary: boolean }[];
      };
      expect(answer.id).toBe(child);
      expect(answer.parents.map(({ id }) => id)).toEqual(parents);
      expect(answer.parents.filter((p) => p.isPrimary).map(({ id }) => id)).toEqual(
        primary === null ? [] : [primary],
      );
    }
  });

  test.skipIf(isMissing)('all enrolled children come in pages, in order, once each', async () => {
    const expected = await rows<{ id: string }>(
      database.url,
      'SELECT id FROM public.children WHERE is_active ORDER BY first_name, last_name, id',
    );
    expect(expected.length).toBeGreaterThan(7);
    expect(await walk(app, '/children')).toEqual(expected.map(({ id }) => id));
  });

  test.skipIf(isMissing)('the session log comes in pages, newest first', async () => {
    const sessions = await rows<{ id: string }>(
      database.url,
      `SELECT id FROM public.sessions WHERE user_id = '1' ORDER BY login_time DESC, id DESC`,
    );
    expect(await walk(app, '/sessions?userId=1')).toEqual(sessions.map(({ id }) => id));
    const [busiest] = await rows<{ id: string; requests: string[] }>(
      database.url,
      `SELECT session_id AS id, array_agg(id ORDER BY timestamp DESC, id DESC) AS requests
       FROM public.session_activity GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`,
    );
    expect(busiest?.requests.length).toBeGreaterThan(7);
    expect(await walk(app, `/sessions/${busiest?.id}/activity`)).toEqual(busiest?.requests);
  });

  test.skipIf(isMissing)('the log shows names of what was sent, never a value', async () => {
    const [enrolment] = await rows<{ session: string }>(
      database.url,
      `SELECT session_id AS session FROM public.session_activity WHERE details LIKE '%parentPhone%' LIMIT 1`,
    );
    const response = await app.get(`/sessions/${enrolment?.session}/activity?limit=100`);
    const body = await response.text();
    expect(body).toContain('parentPhone');
    expect(body).not.toMatch(/555-01|@example\.org/);
  });

  test.skipIf(isMissing)('a profile comes as it is in the database', async () => {
    const profiles = await rows<{ user_id: string; bio: string; created_at: Date }>(
      database.url,
      'SELECT user_id, bio, created_at FROM public.user_profiles',
    );
    expect(profiles.length).toBeGreaterThan(0);
    for (const profile of profiles) {
      const response = await app.get(`/profile/${encodeURIComponent(profile.user_id)}`);
      expect(await response.json()).toMatchObject({
        userId: profile.user_id,
        firstName: 'Ada',
        bio: profile.bio,
        childIds: [],
      });
    }
  });

  test.skipIf(isMissing)('the schema is for the holder of its own token', async () => {
    expect((await app.get('/schema')).status).toBe(401);
    expect((await fetch(`${app.url}/schema`)).status).toBe(401);
    const headers = { authorization: `Bearer ${SCHEMA_TOKEN}` };
    const response = await fetch(`${app.url}/schema`, { headers });
    expect(response.status).toBe(200);
    const catalog = parseCatalog(await response.text());
    expect(catalog.relations.map(({ name }) => name)).toContain('child_guardians');
    const again = await fetch(`${app.url}/schema`, {
      headers: { ...headers, 'if-none-match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect((await fetch(`${app.url}/schema`, { method: 'POST', headers })).status).toBe(405);
  });

  test.skipIf(isMissing)('health and readiness need no token', async () => {
    for (const path of ['/healthz', '/readyz'])
      expect((await fetch(app.url + path)).status).toBe(200);
  });

  test.skipIf(isMissing)('a client that leaves takes its query along', async () => {
    await using lock = await lockTable(database.url, 'public.children');
    const leaving = new AbortController();
    const left = app.get('/children', { signal: leaving.signal }).catch(() => 'left');
    await lock.expectWaiting(1);
    leaving.abort();
    expect(await left).toBe('left');
    await lock.expectWaiting(0);
    expect(app.log).toEqual([]);
    await lock[Symbol.asyncDispose]();
    expect((await app.get('/children')).status).toBe(200);
  });
});

describe('what is not there, not allowed or not understood', () => {
  const stack = new AsyncDisposableStack();
  let app: RunningApp;
  beforeAll(async () => {
    app = stack.use(await runApp({ connectionString: database.url }));
  });
  afterAll(() => stack.disposeAsync());

  test('nobody reads a child without the token', async () => {
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      `Basic ${SCHEMA_TOKEN}`,
      `Bearer ${SCHEMA_TOKEN}`,
    ]) {
      const response = await fetch(`${app.url}/children`, { headers: { authorization } });
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await problem(response)).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
      });
    }
  });

  test.each([
    ['/children/nobody', { status: 404, title: 'Not Found' }],
    ['/profile/nobody', { status: 404, title: 'Not Found' }],
    ['/nowhere', { status: 404, title: 'Not Found' }],
    ['/children/%00', { status: 422 }],
    ['/children/%E0%A4%A', { status: 400 }],
    ['/children?limit=0', { status: 422, parameters: ['limit'] }],
    ['/children?limit=101', { status: 422, parameters: ['limit'] }],
    ['/children?limit=ten&limit=2', { status: 422, parameters: ['limit'] }],
    ['/children?after=forged', { status: 422, code: 'TOTHUB_CORE_INVALID_INPUT' }],
    ['/children?offset=3', { status: 422, parameters: ['offset'] }],
    ['/sessions', { status: 422, parameters: ['userId'] }],
    ['/sessions?userId=%00', { status: 422 }],
  ])('GET %s', async (path, expected) => {
    expect(await problem(await app.get(path))).toMatchObject(expected);
  });

  test('a cursor of one list is refused by another', async () => {
    const { nextCursor } = (await (await app.get('/children?limit=1')).json()) as Page;
    const response = await app.get(`/sessions?userId=1&after=${nextCursor}`);
    expect(response.status).toBe(422);
  });

  test('a cursor tells nothing of the row that it stands behind', async () => {
    const { nextCursor } = (await (await app.get('/children?limit=1')).json()) as Page;
    const names = await rows(database.url, 'SELECT first_name, last_name, id FROM children');
    const told = Buffer.from(nextCursor ?? '', 'base64url').toString('latin1');
    expect(told.length).toBeGreaterThan(0);
    for (const value of names.flatMap((row) => Object.values(row) as string[])) {
      expect(told).not.toContain(value);
    }
  });

  test('an id that is too long is refused', async () => {
    expect((await app.get(`/children/${'x'.repeat(5_000)}`)).status).toBe(422);
  });

  test('an id of any letters is only an id', async () => {
    for (const id of [`' OR 1=1 --`, '"; DROP TABLE children', '../children', '%25', '\u{1F418}'])
      expect((await app.get(`/children/${encodeURIComponent(id)}`)).status).toBe(404);
  });

  test('no request leaves a word in the log that it did not bring', () => {
    expect(app.log).toEqual([]);
  });

  test('a request line that is no URL is answered', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.end('GET //schema\\@ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

test('who waits too long for the database is told to come back, in time', async () => {
  await using app = await runApp({ connectionString: database.url }, { timeoutMs: 300 });
  await using _lock = await lockTable(database.url, 'public.children');
  const response = await app.get('/children');
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await problem(response)).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
  });
  expect(app.log.map(({ status, path }) => [status, path])).toEqual([[503, '/children']]);
});

test('a query that an administrator cancels is a 503', async () => {
  await using app = await runApp({ connectionString: database.url });
  await using lock = await lockTable(database.url, 'public.children');
  const answer = app.get('/children');
  await lock.expectWaiting(1);
  await rows(
    database.url,
    `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  expect((await answer).status).toBe(503);
});
