import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { CancelledError, StatementCancelledError, StatementTimeoutError } from '../errors.ts';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { bounded } from './bounded.ts';
import { createDatabase, type Database } from './create-database.ts';

const server = await testDatabase();
let db: Database;
beforeAll(async () => {
  db = await createDatabase({ connectionString: server.url });
  // Connecting may take longer than the bounds below.
  await db.ping();
});
afterAll(async () => {
  await db.close();
  await server.drop();
});

const sleepFor = defineQuery({
  name: 'sleepFor',
  access: 'read',
  input: z.object({ seconds: z.number() }),
  row: z.object({ done: pgType.bool }),
  rows: 'one',
  sql: ({ seconds }) => sql`SELECT true AS done FROM pg_sleep(${seconds})`,
  samples: [{ seconds: 0 }],
});

it('gives its time and its signal to every call', async () => {
  const quick = bounded(db, { timeoutMs: 100 });
  await expect(sleepFor(quick, { seconds: 30 })).rejects.toThrow(StatementTimeoutError);
  const leaving = new AbortController();
  const request = bounded(db.read(), { signal: leaving.signal });
  setTimeout(() => leaving.abort(), 100);
  await expect(sleepFor(request, { seconds: 30 })).rejects.toThrow(StatementCancelledError);
  await expect(sleepFor(request, { seconds: 0 })).rejects.toThrow(CancelledError);
  expect(await sleepFor(db, { seconds: 0 })).toEqual({ done: true });
});

it('lets a call have bounds of its own', async () => {
  const quick = bounded(db, { timeoutMs: 100 });
  expect(await sleepFor(quick, { seconds: 0.2 }, { timeoutMs: 10_000 })).toEqual({ done: true });
});
