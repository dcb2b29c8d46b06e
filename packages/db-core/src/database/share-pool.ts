/** Lends the connections of a database to libraries that know `pg` only, so that one process has one pool. */
import { EventEmitter } from 'node:events';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import type { Database } from './create-database.ts';
import { executor } from './database.ts';
import { DatabaseClosedError } from './pool-errors.ts';
import type { Session } from './session.ts';

/** What `query` of `pg` takes: a text with values, or a configuration. */
type QueryArguments = readonly [text: string | object, values?: readonly unknown[]];

/** All that `DISCARD ALL` does, except that prepared statements and their plans live on. */
const RESET = [
  'SET SESSION AUTHORIZATION DEFAULT',
  'RESET ALL',
  'CLOSE ALL',
  'UNLISTEN *',
  'SELECT pg_advisory_unlock_all()',
  'DISCARD TEMP',
  'DISCARD SEQUENCES',
].join('; ');

/**
 * A `Pool` of `pg` over the connections of a database, for libraries such as Drizzle and connect-pg-simple. It has
 * `query` and `connect`, with promises; rows, types and errors are those of `pg`. Ending it leaves the database open.
 *
 * @example
 * const drizzleDb = drizzle({ client: sharePool(db) });
 * const sessions = new PgSession({ pool: sharePool(db) });
 */
export function sharePool(db: Database): Pool {
  return new SharedPool(db) as unknown as Pool;
}

// Drizzle knows a pool by the word in the name of its class.
class SharedPool extends EventEmitter {
  readonly #db: Database;

  constructor(db: Database) {
    super();
    this.#db = db;
  }

  get totalCount(): number {
    return this.#db.state().total;
  }

  get idleCount(): number {
    return this.#db.state().idle;
  }

  get waitingCount(): number {
    return this.#db.state().waiting;
  }

  query(...query: QueryArguments): Promise<QueryResult> {
    return this.#db[executor].withSession((session) => runQuery(session, query));
  }

  /** Lends a connection until its `release` is called. */
  connect(): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      const use = async (session: Session): Promise<void> => {
        const client = new SharedClient(session);
        resolve(client as unknown as PoolClient);
        const spoiled = await client.released;
        if (spoiled) session.discard();
        else if (this.#db.mode === 'direct') await reset(session);
      };
      this.#db[executor].withSession(use).catch(reject);
    });
  }

  async end(): Promise<void> {}
}

/** One connection, lent. After its release it answers no more, for it may be somebody else's. */
class SharedClient extends EventEmitter {
  readonly #session: Session;
  readonly #released = Promise.withResolvers<boolean>();
  #isReleased = false;

  constructor(session: Session) {
    super();
    this.#session = session;
  }

  /** Resolves at the release: to whether the connection is to be closed. */
  get released(): Promise<boolean> {
    return this.#released.promise;
  }

  async query(...query: QueryArguments): Promise<QueryResult> {
    if (this.#isReleased) {
      throw new DatabaseClosedError('This client was released; nothing was sent. Connect again.');
    }
    return runQuery(this.#session, query);
  }

  release(spoiled: Error | boolean = false): void {
    this.#isReleased = true;
    this.#released.resolve(spoiled !== false);
  }
}

function runQuery(session: Session, [query, values]: QueryArguments): Promise<QueryResult> {
  return session.usePgClient((client) =>
    values === undefined
      ? client.query(query as QueryConfig)
      : client.query(query as QueryConfig, [...values]),
  );
}

async function reset(session: Session): Promise<void> {
  // What is in a transaction yet is closed with its connection.
  if (session.transactionStatus !== 'idle') return;
  try {
    await session.usePgClient((client) => client.query(RESET));
  } catch {
    session.discard();
  }
}
