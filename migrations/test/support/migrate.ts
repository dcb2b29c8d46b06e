import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseStatements } from '@tothub/db-catalog/sql';
import type pg from 'pg';

const directory = fileURLToPath(new URL('../../', import.meta.url));

/** Names of TotHub's migrations, in order. */
export const migrations: readonly string[] = readdirSync(directory)
  .filter((file) => /^\d{4}_.+\.up\.sql$/.test(file))
  .map((file) => file.slice(0, -'.up.sql'.length))
  .sort();

async function run(client: pg.Client, name: string, direction: 'up' | 'down'): Promise<void> {
  const sql = readFileSync(`${directory}${name}.${direction}.sql`, 'utf8');
  try {
    if (/^(--.*\n)*-- tothub: no-transaction/.test(sql)) {
      for (const { text } of await parseStatements(sql)) await client.query(text);
    } else {
      await client.query(`BEGIN;\n${sql}\n;COMMIT;`);
    }
  } catch (cause) {
    await client.query('ROLLBACK');
    throw new Error(`${name}.${direction}: ${(cause as Error).message}`, { cause });
  }
}

/** Applies the migrations after `from` (none: all) up to `to` (none: the last). */
export async function migrateUp(
  client: pg.Client,
  { from, to }: { from?: string; to?: string } = {},
): Promise<void> {
  for (const name of migrations) {
    if ((from === undefined || name > from) && (to === undefined || name <= to)) {
      await run(client, name, 'up');
    }
  }
}

/** Undoes the migrations after `to`, from `from` (none: the newest) back. */
export async function migrateDown(client: pg.Client, to: string, from?: string): Promise<void> {
  for (const name of migrations.toReversed()) {
    if (name > to && (from === undefined || name <= from)) await run(client, name, 'down');
  }
}
