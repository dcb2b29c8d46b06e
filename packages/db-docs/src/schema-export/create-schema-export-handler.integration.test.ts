import { parseCatalog, readCatalog, serialiseCatalog } from '@tothub/db-catalog';
import { tcpProxy } from '@tothub/db-testkit';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { richSchema } from '../../test/rich-catalog.ts';
import { serve } from '../../test/serve.ts';
import {
  createSchemaExportHandler,
  type SchemaExportOptions,
} from './create-schema-export-handler.ts';
import { toNodeHandler } from './to-node-handler.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  pool.on('error', () => {});
  await pool.query(await richSchema());
  await pool.query(`
    CREATE SCHEMA vault;
    CREATE TYPE vault.grade AS ENUM ('hush-label');
    CREATE TABLE vault.box (id int PRIMARY KEY, note text DEFAULT 'hush-box');
    CREATE FUNCTION vault.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TABLE public.plain (
      id int PRIMARY KEY REFERENCES vault.box, token text DEFAULT 'hush-default');
    COMMENT ON COLUMN public.plain.token IS 'hush-comment';
    CREATE FUNCTION public.key() RETURNS text LANGUAGE sql SET app.key = 'hush-setting'
      AS $$ SELECT 'hush-body' $$;
    CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER noted BEFORE INSERT ON public.plain FOR EACH ROW
      EXECUTE FUNCTION public.note('hush-argument');
    CREATE TRIGGER vaulted BEFORE INSERT ON public.plain FOR EACH ROW EXECUTE FUNCTION vault.f();
    CREATE VIEW public.shown AS SELECT id FROM public.plain WHERE token <> 'hush-view';
    CREATE POLICY own ON public.plain USING (token = 'hush-policy');
    CREATE ROLE "hush role"; GRANT SELECT ON public.plain TO "hush role";`);
});
afterAll(async () => {
  await pool.query('DROP OWNED BY "hush role"; DROP ROLE "hush role"');
  await pool.end();
  await database.drop();
});

const allow = { authorize: () => true };

function exported(options: Partial<SchemaExportOptions> = {}) {
  return serve(toNodeHandler(createSchemaExportHandler({ db: pool, ...allow, ...options })));
}

test('exports the whole catalog, byte for byte as serialiseCatalog prints it', async () => {
  await using server = await exported({ omit: [] });
  const response = await fetch(server.url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('private, no-cache');
  expect(await response.text()).toBe(serialiseCatalog(await readCatalog(pool)));
});

test('leaves out owners, privileges, code and versions unless asked, and stays a catalog', async () => {
  await using server = await exported();
  const text = await (await fetch(server.url)).text();
  const catalog = parseCatalog(text);
  expect(catalog.relations.map(({ name }) => name)).toContain('plain');
  expect(new Set(text.match(/hush-\w+/g))).toEqual(
    new Set(['hush-label', 'hush-box', 'hush-default', 'hush-comment']),
  );
  expect(text).not.toContain('hush role');
  expect(text).not.toContain(database.name);
  expect(catalog.server.version).toMatch(/^1[5-8]$/);
});

test('shows nothing of what it was told to leave out', async () => {
  await using server = await exported({
    omit: ['access', 'code', 'comments', 'defaults', 'server'],
    hideSchemas: ['vault'],
  });
  const text = await (await fetch(server.url)).text();
  expect(parseCatalog(text).relations.length).toBeGreaterThan(5);
  expect(text).not.toMatch(/hush|vault/);
});

test('the tag holds while the schema does, whatever happens to the rows', async () => {
  await using server = await exported();
  const etag = (await fetch(server.url)).headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[\w-]{43}"$/);
  await pool.query(`INSERT INTO school.room (building, number) VALUES ('A', 1); ANALYZE`);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const response = await fetch(server.url, { headers: { 'If-None-Match': known } });
    expect([known, response.status, response.headers.get('etag')]).toEqual([known, 304, etag]);
    expect(await response.text()).toBe('');
  }
  await pool.query('ALTER TABLE school.room ADD floor int');
  const response = await fetch(server.url, { headers: { 'If-None-Match': etag } });
  expect(response.status).toBe(200);
  expect(response.headers.get('etag')).not.toBe(etag);
  expect(await response.text()).toContain('"floor"');
});

test('HEAD gives the headers of GET, and other methods are refused', async () => {
  await using server = await exported();
  const get = await fetch(server.url);
  const head = await fetch(server.url, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
  for (const name of ['etag', 'content-length', 'content-type', 'vary'])
    expect(head.headers.get(name)).toBe(get.headers.get(name));
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const refused = await fetch(server.url, { method });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  }
});

test('refuses to be made without authorize or without a database', () => {
  expect(() =>
    createSchemaExportHandler({ db: pool } as unknown as SchemaExportOptions),
  ).toThrowErrorMatchingInlineSnapshot(
    `[TypeError: createSchemaExportHandler was given no authorize: a schema is not for everybody. Pass a function that tells for each request whether it may see it.]`,
  );
  expect(() => createSchemaExportHandler({ ...allow } as unknown as SchemaExportOptions)).toThrow(
    TypeError,
  );
});

test('who is unknown or not allowed gets the same few bytes, and the database is not asked', async () => {
  let asked = 0;
  const db = {
    query: (text: string, values?: unknown[]) => {
      asked++;
      return pool.query(text, values);
    },
  };
  const answers: [unknown, number][] = [
    ['unauthenticated', 401],
    [false, 403],
    // From JavaScript, where anything can come back: only true opens.
    [undefined, 403],
    [1, 403],
    ['true', 403],
    [{}, 403],
  ];
  for (const [verdict, status] of answers) {
    await using server = await exported({ db, authorize: () => verdict as boolean });
    const response = await fetch(server.url, { headers: { 'If-None-Match': '*' } });
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: status === 401 ? 'Unauthorized' : 'Forbidden',
      status,
    });
  }
  expect(asked).toBe(0);
});

test('a fault is 503 without a word about it; onError is told', async () => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const nowhere = new pg.Pool({ connectionString: 'postgresql://u:hush@127.0.0.1:1/x' });
  for (const options of [
    { db: nowhere },
    { authorize: () => Promise.reject(new Error('hush')) },
    {
      authorize: () => {
        throw new Error('hush');
      },
    },
  ]) {
    await using server = await exported({ onError, ...options });
    const response = await fetch(server.url);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.text()).toBe(
      '{"type":"about:blank","title":"Service Unavailable","status":503}\n',
    );
  }
  expect(errors).toHaveLength(3);
  await nowhere.end();
});

test('a database that says nothing is 503 in time, and the next request is answered', async () => {
  let isSilent = false;
  const proxy = await tcpProxy({
    target: database.url,
    onData: () => (isSilent ? false : undefined),
  });
  const slow = new pg.Pool({ connectionString: proxy.url });
  slow.on('error', () => {});
  await using server = await exported({ db: slow, timeoutMs: 500 });
  try {
    expect((await fetch(server.url)).status).toBe(200);
    isSilent = true;
    expect((await fetch(server.url)).status).toBe(503);
    isSilent = false;
    proxy.cut();
    for (let tries = 0; tries < 20; tries++) {
      const { status } = await fetch(server.url);
      if (status === 200) return;
    }
    expect.unreachable();
  } finally {
    await proxy.close();
    await slow.end();
  }
});

test('a hundred requests at once share a read, also with those who leave', async () => {
  let reads = 0;
  const db = {
    query(text: string, values?: unknown[]) {
      if (/^begin/i.test(text)) reads++;
      return client.query(text, values);
    },
  };
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await using server = await exported({ db, maxAgeMs: 60_000 });
  try {
    const leaving = new AbortController();
    const left = fetch(server.url, { signal: leaving.signal }).catch(() => 'left');
    setTimeout(() => leaving.abort(), 5);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => fetch(server.url).then((response) => response.text())),
    );
    expect(new Set(answers).size).toBe(1);
    expect(parseCatalog(answers[0] ?? '').relations.length).toBeGreaterThan(5);
    expect(await left).toBe('left');
    expect(reads).toBe(1);
  } finally {
    await client.end();
  }
});
