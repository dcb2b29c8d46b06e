import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { type SqlFragment, sql } from '../query/sql.ts';
import { checkPlans, type PlanOptions } from './check-plans.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    CREATE TABLE public."Big ""one""" (id int PRIMARY KEY, kind int NOT NULL, note text);
    CREATE INDEX ON public."Big ""one""" (kind) WHERE note IS NOT NULL;
    INSERT INTO public."Big ""one""" SELECT n, n % 500, CASE WHEN n % 2 = 0 THEN 'x' END FROM generate_series(1, 6000) AS n;
    CREATE TABLE public.small (id int PRIMARY KEY, kind int NOT NULL);
    INSERT INTO public.small SELECT n, n FROM generate_series(1, 100) AS n;
    ANALYZE;
  `);
  await client.end();
});
afterAll(() => database.drop());

/** What is found in a query, as kind and table. */
async function findings(
  text: (input: { id: number }) => SqlFragment,
  access: 'read' | 'write' = 'read',
  options: Partial<PlanOptions> = {},
): Promise<string[]> {
  const probe = defineQuery({
    name: 'probe',
    access,
    input: z.object({ id: z.int32() }),
    row: z.object({ id: pgType.int4 }),
    rows: 'many',
    sql: text,
    samples: [{ id: 1 }],
  });
  const result = await checkPlans({
    connectionString: database.url,
    modules: { [import.meta.filename]: { probe } },
    ...options,
  });
  expect(result.largeTables).toEqual(options.largeTableRows ? [] : ['public.Big "one"']);
  return result.findings.map(({ kind, subject }) => `${kind} ${subject}`);
}

it('finds a read of a large table from end to end, wherever in the plan', async () => {
  const found = ['sequential-scan public.Big "one"'];
  expect(await findings(() => sql`SELECT id FROM public."Big ""one""" WHERE note = 'y'`)).toEqual(
    found,
  );
  expect(
    await findings(
      ({ id }) => sql`SELECT s.id FROM public.small AS s
        WHERE s.id = ${id} OR s.kind = (SELECT max(b.kind) FROM public."Big ""one""" AS b)`,
    ),
  ).toEqual(found);
});

it('finds a read that has an index for the values of its sample only', async () => {
  expect(
    await findings(
      ({ id }) => sql`SELECT id FROM public."Big ""one"""
        WHERE kind = 3 AND (${id} = 2 OR note IS NOT NULL)`,
    ),
  ).toEqual(['sequential-scan public.Big "one"']);
});

it('lets reads by an index be, and scans of small tables, and writes', async () => {
  expect(
    await findings(({ id }) => sql`SELECT id FROM public."Big ""one""" WHERE id = ${id}`),
  ).toEqual([]);
  expect(await findings(() => sql`SELECT id FROM public.small WHERE kind > 5`)).toEqual([]);
  expect(
    await findings(() => sql`UPDATE public."Big ""one""" SET note = 'x' RETURNING id`, 'write'),
  ).toEqual([]);
  expect(
    await findings(() => sql`SELECT id FROM public."Big ""one"""`, 'read', {
      largeTableRows: 6001,
    }),
  ).toEqual([]);
});

it('lets a listed read be', async () => {
  const exception = {
    query: 'probe',
    kind: 'sequential-scan',
    subject: 'public.Big "one"',
    reason: 'all of it is wanted',
  } as const;
  expect(
    await findings(() => sql`SELECT id FROM public."Big ""one"""`, 'read', {
      exceptions: [exception],
    }),
  ).toEqual([]);
});
