/** The order of every list against the migrated database: what `defineKeysetQuery` cannot see by itself. */
import pg from 'pg';
import { expect, test } from 'vitest';
import type { Ordering } from '../src/pagination/ordering.ts';
import { isQuery } from '../src/query/define-query.ts';
import { migratedDatabase } from './migrated-database.ts';
import { queryModules } from './query-modules.ts';

interface List {
  readonly name: string;
  readonly order: Ordering;
  readonly text: string;
}

async function lists(): Promise<List[]> {
  const exported = Object.values(await queryModules()).flatMap((module) =>
    Object.values(module as object),
  );
  return exported.filter(isQuery).flatMap((query) => {
    if (!('order' in query)) return [];
    const { name, samples } = query.definition;
    return [{ name, order: query.order as Ordering, text: query.statement(samples[0]).text }];
  });
}

/** The tables of a statement by their aliases. */
function tablesOf(text: string): Map<string, string> {
  const named = text.matchAll(/\b(?:FROM|JOIN)\s+(public\.\w+)(?:\s+AS\s+(\w+))?/gi);
  return new Map(
    [...named].map(([, table = '', alias]) => [alias ?? table.slice('public.'.length), table]),
  );
}

test('every list has a total order, and says which of its columns may be NULL', async () => {
  const { url, drop } = await migratedDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const nullable = async (table: string, column: string): Promise<boolean | undefined> => {
    const { rows } = await client.query(
      'SELECT NOT attnotnull AS nullable FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2',
      [table, column],
    );
    return rows[0]?.nullable;
  };
  const keys = async (table: string): Promise<string[][]> => {
    const { rows } = await client.query(
      `SELECT array_agg(attname::text) AS columns FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
       WHERE indrelid = $1::regclass AND indisunique AND indpred IS NULL AND indexprs IS NULL GROUP BY indexrelid`,
      [table],
    );
    return rows.map((row) => row.columns);
  };

  const faults: string[] = [];
  const all = await lists();
  for (const { name, order, text } of all) {
    const tables = tablesOf(text);
    const byTable = new Map<string, string[]>();
    for (const column of order) {
      const [, alias = '', attribute = ''] =
        /^\s*"?(\w+)"?\."?(\w+)"?\s*$/.exec(column.sql.sql) ?? [];
      const table = tables.get(alias);
      // An expression: whoever writes it has to know.
      if (table === undefined) continue;
      const mayBeNull = await nullable(table, attribute);
      if (mayBeNull === undefined) faults.push(`${name}: ${table} has no ${attribute}`);
      if (mayBeNull && !column.nullable) faults.push(`${name}: ${table}.${attribute} may be NULL`);
      byTable.set(table, [...(byTable.get(table) ?? []), attribute]);
    }
    const candidates = await Promise.all(
      [...byTable].map(async ([table, columns]) =>
        (await keys(table)).some((key) => key.every((column) => columns.includes(column))),
      ),
    );
    if (!candidates.includes(true))
      faults.push(`${name}: no unique key among the columns of its order`);
  }
  await client.end();
  await drop();
  expect(all.length).toBeGreaterThan(0);
  expect(faults).toEqual([]);
});
