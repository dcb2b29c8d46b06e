import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { FixtureTargetError } from '../errors.ts';
import { legacySchemaFiles } from '../legacy-schema.ts';
import { copyText } from './copy-text.ts';
import { legacyTables } from './tables.ts';
import { World } from './world.ts';

/** How large, and which. */
export interface LegacyFixtureOptions {
  /**
   * How many times over the activity tables are filled: 1 gives the 824 rows of the legacy database, 1000
   * about 554,000 rows of `session_activity`. People grow ten times slower. A whole number.
   * @default 1
   */
  readonly scale?: number;
  /**
   * Same seed, same rows.
   * @default 1
   */
  readonly seed?: number;
}

/** What was loaded: all tables of the schema, and the rows in them together. */
export interface LegacyFixture {
  readonly tables: number;
  readonly rows: number;
}

/**
 * Makes the legacy schema in an empty database and fills it through COPY, all in one transaction.
 * @throws FixtureTargetError when the database already holds tables in schema public.
 * @example
 * await loadLegacyFixture(url, { scale: 1000 });
 * // BEGIN; CREATE TYPE …; CREATE TABLE …; COPY public.alerts (id, type, …) FROM STDIN; …; COMMIT; ANALYZE
 */
export async function loadLegacyFixture(
  url: string,
  { scale = 1, seed = 1 }: LegacyFixtureOptions = {},
): Promise<LegacyFixture> {
  if (!Number.isInteger(scale) || scale < 1) {
    throw new RangeError(`The scale must be a whole number from 1, got ${scale}.`);
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await refuseUnlessEmpty(client);
    for (const file of legacySchemaFiles) await client.query(readFileSync(file, 'utf8'));
    const world = new World(seed, scale);
    let rows = 0;
    for (const table of legacyTables) {
      const columns = Object.keys(table.row(world.at(table, 0), world));
      await pipeline(
        Readable.from(copyText(columns, world.rows(table))),
        client.query(copyFrom(`COPY public.${table.name} (${columns.join(', ')}) FROM STDIN`)),
      );
      rows += world.count(table);
    }
    await client.query('COMMIT');
    const { rows: found } = await client.query<{ tables: number }>(COUNT_TABLES);
    await client.query('ANALYZE');
    return { tables: found[0]?.tables ?? 0, rows };
  } finally {
    // Closing the connection rolls back whatever did not commit.
    await client.end();
  }
}

const COUNT_TABLES = `
  SELECT count(*)::int AS tables
  FROM pg_catalog.pg_class c
  WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN ('public', 'drizzle')`;

async function refuseUnlessEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ tables: number }>(COUNT_TABLES);
  const count = rows[0]?.tables ?? 0;
  if (count > 0) {
    throw new FixtureTargetError(
      `The database already holds ${count} tables. Give loadLegacyFixture an empty one.`,
    );
  }
}
