import { Client } from 'pg';
import { createPool, type DatabasePool } from 'slonik';
import { executor, type WriteDatabase } from './database.ts';
import { driverOver } from './driver.ts';
import { Link } from './link.ts';
import { PoolExecutor } from './pool-executor.ts';
import type { SessionSource } from './session.ts';
import { type Int8Mode, valueParsers } from './types/parsers.ts';

export interface DatabaseOptions {
  /** URL of the database. */
  readonly connectionString: string;
  /**
   * Connections at once.
   * @default 10
   */
  readonly maxConnections?: number;
  /** How int8 arrives: as a number, refused beyond 2^53 - 1, or as a string. @default 'number' */
  readonly int8?: Int8Mode;
}

/** A pool of connections to the primary, and what runs on it. */
export interface Database extends WriteDatabase {
  readonly [executor]: SessionSource;
  readonly pool: DatabasePool;
  close(): Promise<void>;
}

/** Opens a database. */
export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const { connectionString, maxConnections = 10, int8 = 'number' } = options;
  const parserOf = valueParsers(int8);
  const connect = async (): Promise<Link> => {
    const client = new Client({ connectionString, keepAlive: true });
    await client.connect();
    return new Link(client, { parserOf, preparedLimit: (options as { preparedStatements?: number }).preparedStatements ?? 100 });
  };
  const pool = await createPool('', {
    driverFactory: driverOver(connect),
    maxPoolSize: maxConnections,
    queryRetryLimit: 0,
    connectionRetryLimit: 0,
    idleTimeout: 60_000,
  });
  // Without a listener an error would end the process; each has gone to its caller, or closed an idle connection.
  pool.on('error', () => {});
  return { access: 'write', [executor]: new PoolExecutor(pool), pool, close: () => pool.end() };
}
