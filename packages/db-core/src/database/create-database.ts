import { createPool, type DatabasePool } from 'slonik';
import type { ReplicaState } from '../replicas/replica.ts';
import { type ReadOptions, Replicas } from '../replicas/replicas.ts';
import { Telemetry, type TelemetryOptions } from '../telemetry/telemetry.ts';
import { closePool } from './close-pool.ts';
import { readConnectionSettings } from './connection-settings.ts';
import { type ConnectionMode, Connector } from './connector.ts';
import { executor, type ReadDatabase, type WriteDatabase } from './database.ts';
import { driverOver } from './driver.ts';
import { type Health, probeHealth } from './health.ts';
import { Loans } from './loans.ts';
import { ConfigurationError } from './pool-errors.ts';
import { PoolExecutor, type WaitEvent } from './pool-executor.ts';
import { type DatabaseState, stateOf } from './pool-state.ts';
import type { SessionSource } from './session.ts';
import { type Int8Mode, valueParsers } from './types/parsers.ts';

export interface DatabaseOptions {
  /**
   * URL of the database, as libpq reads it; what it leaves out comes from the PG* variables. `sslmode` means what it
   * means there, and `sslrootcert=system` trusts what the machine trusts.
   */
  readonly connectionString: string;
  /** Password of each new connection, for those that expire. Takes the place of the one in the URL. */
  readonly password?: string | (() => string | Promise<string>);
  /**
   * `direct` for a server, `pooler` for PgBouncer by transactions and its like: no startup parameters, no prepared
   * statements, and timeouts kept by this side. `auto` finds out.
   * @default 'auto'
   */
  readonly mode?: ConnectionMode | 'auto';
  /**
   * URLs of hot standbys, for `read`. Each gets a pool like that of the primary.
   * @default none
   */
  readonly replicas?: readonly string[];
  /**
   * Connections at once, from 1.
   * @default 10
   */
  readonly maxConnections?: number;
  /**
   * Idle connections are closed after this time, in milliseconds, from 1.
   * @default 60000
   */
  readonly idleTimeoutMs?: number;
  /**
   * Connections are replaced at about this age, in milliseconds, from 1.
   * @default 1800000
   */
  readonly maxConnectionAgeMs?: number;
  /**
   * Time for one attempt to connect, in milliseconds, from 1.
   * @default 5000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Time for all attempts to connect that a call may wait for: a sleeping database wakes, a restarting one returns.
   * In milliseconds; 0 for a single attempt.
   * @default 15000
   */
  readonly connectBudgetMs?: number;
  /**
   * Longest time of a statement, in milliseconds; 0 for none.
   * @default 15000
   */
  readonly statementTimeoutMs?: number;
  /**
   * Longest time that a transaction may idle, in milliseconds; 0 for none. Behind a pooler, set it on the role.
   * @default 15000
   */
  readonly idleInTransactionTimeoutMs?: number;
  /**
   * Statements that stay prepared on each connection, by name; 0 for none. Never behind a pooler.
   * @default 100
   */
  readonly preparedStatements?: number;
  /**
   * How int8 arrives: as a number, refused beyond 2^53 - 1, or as a string.
   * @default 'number'
   */
  readonly int8?: Int8Mode;
  /** What the database tells of its statements. Spans and metrics follow the OpenTelemetry SDK, where there is one. */
  readonly telemetry?: TelemetryOptions;
  /** Told of each call that had to wait for its connection. */
  readonly onWait?: (event: WaitEvent) => void;
}

/** A pool of connections to the primary, and what runs on it. */
export interface Database extends WriteDatabase {
  /**
   * The database as its replicas have it, which may be a little behind: reads take turns on those that are healthy,
   * and go to the primary where there is none.
   * @throws InvalidInputError for an `after` that is no position
   */
  read(options?: ReadOptions): ReadDatabase;
  /** Where the primary has got to: a token for `read({ after })`, to see there what was written before. */
  position(): Promise<string>;
  /** What is known of each replica. */
  replicas(): readonly ReplicaState[];
  readonly [executor]: SessionSource;
  /** What the server turned out to be; null before the first connection. */
  readonly mode: ConnectionMode | null;
  /** How many connections there are, and what they do. */
  state(): DatabaseState;
  /** Asks the server for a sign of life. Never rejects. */
  ping(options?: { readonly timeoutMs?: number }): Promise<Health>;
  /**
   * Lets running calls finish and refuses new ones, then closes the connections; those that are still busy after
   * `timeoutMs` are cancelled and cut.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const GOODBYE_MS = 1_000;
const REPLICA_CONNECT_MS = 2_000;

/**
 * Opens a database. Nothing is sent before the first call: a server that sleeps does not keep this one from starting.
 * @throws ConfigurationError in one sentence that never shows the password.
 * @example
 * const db = await createDatabase({ connectionString: process.env.DATABASE_URL });
 * await getChild(db, { id: 'c1' });
 * await db.close();
 */
export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const settings = readConnectionSettings(options.connectionString);
  const { maxConnections = 10, statementTimeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const connector = new Connector({
    settings,
    mode: options.mode ?? 'auto',
    password: options.password,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    connectBudgetMs: options.connectBudgetMs ?? DEFAULT_TIMEOUT_MS,
    statementTimeoutMs,
    idleInTransactionTimeoutMs: options.idleInTransactionTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    preparedStatements: options.preparedStatements ?? 100,
    parserOf: valueParsers(options.int8 ?? 'number'),
  });
  const pool = await openPool(connector, options, maxConnections);
  const loans = new Loans(pool);
  let closed: Promise<void> | undefined;
  const state = (): DatabaseState =>
    stateOf(pool, loans.keptCount, maxConnections, closed !== undefined);
  const { host: address, port, database } = settings;
  const telemetry = new Telemetry({ address, port, database }, options.telemetry ?? {}, state);
  const run = new PoolExecutor({
    loans,
    size: maxConnections,
    timeoutMs: () => (connector.mode === 'pooler' ? statementTimeoutMs : 0),
    onWait: options.onWait,
    telemetry,
  });
  const standbys = await openReplicas(options);
  const replicas = new Replicas(
    run,
    standbys.map((standby) => standby[executor]),
  );
  return {
    access: 'write',
    [executor]: run,
    get mode() {
      return connector.mode;
    },
    state,
    ping: ({ timeoutMs = 5_000 } = {}) => probeHealth(run, timeoutMs),
    read: (how) => replicas.read(how),
    position: () => replicas.position(),
    replicas: () => replicas.states(),
    close({ timeoutMs = 10_000 } = {}) {
      closed ??= Promise.all([
        closePool({ pool, run, connector, timeoutMs }),
        ...standbys.map((standby) => standby.close({ timeoutMs })),
      ]).then(() => telemetry.stop());
      return closed;
    },
  };
}

/** A replica that is away is left out: nobody waits for it to wake up. */
function openReplicas({ replicas = [], ...options }: DatabaseOptions): Promise<Database[]> {
  return Promise.all(
    replicas.map((connectionString) =>
      createDatabase({
        ...options,
        connectionString,
        connectBudgetMs: 0,
        connectTimeoutMs: Math.min(
          options.connectTimeoutMs ?? REPLICA_CONNECT_MS,
          REPLICA_CONNECT_MS,
        ),
      }),
    ),
  );
}

async function openPool(
  connector: Connector,
  options: DatabaseOptions,
  maxPoolSize: number,
): Promise<DatabasePool> {
  if (!Number.isInteger(maxPoolSize) || maxPoolSize < 1) {
    throw new ConfigurationError('maxConnections is not a whole number from 1. Set it to one.');
  }
  const pool = await createPool('', {
    driverFactory: driverOver(() => connector.connect()),
    maxPoolSize,
    idleTimeout: options.idleTimeoutMs ?? 60_000,
    maximumConnectionAge: options.maxConnectionAgeMs ?? 1_800_000,
    // Attempts and their budget are the connector's; slonik's have no pause between them.
    connectionRetryLimit: 0,
    queryRetryLimit: 0,
    // Closing has waited for its calls before; this is for a goodbye that nobody answers.
    gracefulTerminationTimeout: GOODBYE_MS,
  });
  // Without a listener an error would end the process; each has gone to its caller, or closed an idle connection.
  pool.on('error', () => {});
  return pool;
}
