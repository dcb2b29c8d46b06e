import { createPool, type DatabasePool, sql as slonik } from 'slonik';
import type { Statement, StatementResult } from '../query/statement.ts';
import { type Executor, executor, type WriteDatabase } from './database.ts';

export interface DatabaseOptions {
  /** URL of the database. */
  readonly connectionString: string;
}

/** A pool of connections to the primary, and what runs on it. */
export interface Database extends WriteDatabase {
  readonly pool: DatabasePool;
  close(): Promise<void>;
}

/** Opens a database. */
export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = await createPool(options.connectionString);
  const run: Executor = { execute: (statement) => execute(pool, statement) };
  return { access: 'write', [executor]: run, pool, close: () => pool.end() };
}

async function execute(pool: DatabasePool, statement: Statement): Promise<StatementResult> {
  const { rows, rowCount } = await pool.query({
    ...slonik.unsafe``,
    sql: statement.text,
    values: statement.values as never,
  });
  return { rows, rowCount };
}
