import { qualifiedName } from '@tothub/db-catalog';
import type pg from 'pg';
import { sqlstateOf } from '../connection/server-error.ts';
import type { SqlClient } from '../connection/sql-client.ts';
import { LedgerPermissionError, MigrationRefusedError, RunnerLockLostError } from '../errors.ts';
import type { Direction } from '../events.ts';
import { ledgerExists } from './create-ledger.ts';

/** What the ledger records of one migration. */
export interface LedgerRow {
  readonly version: string;
  readonly name: string;
  readonly state: 'running' | 'applied' | 'failed' | 'baselined';
  readonly direction: Direction;
  readonly checksum: string;
  readonly chain: string | null;
  readonly statementsDone: number;
  readonly statementsChecksum: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly durationMs: number | null;
  readonly actor: string;
  readonly toolVersion: string;
  readonly backupReceipt: string | null;
  readonly error: {
    readonly sqlstate: string | null;
    readonly message: string;
    readonly statement: number | null;
  } | null;
}

/** What is recorded before a migration's first statement. */
export interface LedgerStart {
  readonly version: string;
  readonly name: string;
  readonly checksum: string;
  readonly actor: string | null;
  readonly toolVersion: string;
  readonly backupReceipt: string | null;
  /** Checksum of no statements where they are run one by one, null where a transaction keeps them together. */
  readonly statementsChecksum: string | null;
}

/** True when the database holds all of this migration: applied, baselined, or a reversal in one transaction that failed. */
export function isInPlace(row: LedgerRow): boolean {
  return (
    row.state === 'applied' ||
    row.state === 'baselined' ||
    (row.direction === 'down' && row.statementsChecksum === null)
  );
}

/** True when this is an attempt at applying of which nothing has been kept, so that it may be forgotten. */
export function isFruitless(row: LedgerRow): boolean {
  return (
    row.direction === 'up' &&
    !isInPlace(row) &&
    row.statementsDone === 0 &&
    (row.statementsChecksum === null || row.state === 'failed')
  );
}

const READ = (table: string): string => `
SELECT version, name, state, direction, checksum, chain, statements_done AS "statementsDone",
       statements_checksum AS "statementsChecksum", started_at AS "startedAt", finished_at AS "finishedAt",
       duration_ms AS "durationMs", actor, tool_version AS "toolVersion", backup_receipt AS "backupReceipt",
       CASE WHEN error_message IS NOT NULL THEN json_build_object(
         'sqlstate', error_sqlstate, 'message', error_message, 'statement', error_statement) END AS error
FROM ${table} ORDER BY version`;

/**
 * Sends one statement about the ledger.
 *
 * @throws LedgerPermissionError naming the grants that are missing.
 */
export async function queryLedger(
  client: SqlClient,
  schema: string,
  text: string,
  values: unknown[],
): Promise<pg.QueryResult> {
  try {
    return await client.query(text, values);
  } catch (cause) {
    const sqlstate = sqlstateOf(cause);
    if (sqlstate === '42703' || sqlstate === '42P01') {
      throw new MigrationRefusedError(
        `The tables in schema ${schema} are not a ledger of this tool. Name another ledger schema.`,
        { cause },
      );
    }
    if (sqlstate !== '42501') throw cause;
    throw new LedgerPermissionError(
      `This role may not use the ledger in schema ${schema}. Let its owner grant USAGE on the schema, and SELECT, INSERT, UPDATE and DELETE on its tables.`,
      { cause },
    );
  }
}

/** The ledger of one schema, as SQL. Every write names the lease's `owner` and does nothing for anybody else. */
export function createLedgerAccess(schema: string) {
  const table = qualifiedName(schema, 'migrations');
  const lease = qualifiedName(schema, 'migration_lease');
  const mine = `EXISTS (SELECT FROM ${lease} WHERE owner = $1)`;

  const run = (client: SqlClient, text: string, values: unknown[]): Promise<pg.QueryResult> =>
    queryLedger(client, schema, text, values);

  /** A write that changes no row means that another runner owns the lease. */
  async function write(client: SqlClient, text: string, values: unknown[]): Promise<void> {
    if ((await run(client, text, values)).rowCount === 0) {
      throw new RunnerLockLostError('Another runner has taken over the lease.');
    }
  }

  return {
    /** Every row in order of version; none where there is no ledger. */
    async read(client: SqlClient): Promise<LedgerRow[]> {
      if (!(await ledgerExists(client, schema))) return [];
      return (await run(client, READ(table), [])).rows as LedgerRow[];
    },

    /** The row of an up migration as it starts; progress and error of an interrupted one stay. */
    async startUp(client: SqlClient, owner: string, start: LedgerStart): Promise<void> {
      await write(
        client,
        `INSERT INTO ${table} AS m
           (version, name, state, checksum, actor, tool_version, backup_receipt, statements_checksum)
         SELECT $2, $3, 'running', $4, coalesce($5, session_user::text), $6, $7, $8 WHERE ${mine}
         ON CONFLICT (version) DO UPDATE SET
           name = excluded.name, state = 'running', checksum = excluded.checksum, started_at = now(),
           actor = excluded.actor, tool_version = excluded.tool_version,
           backup_receipt = coalesce(excluded.backup_receipt, m.backup_receipt),
           statements_checksum = coalesce(m.statements_checksum, excluded.statements_checksum)`,
        [
          owner,
          start.version,
          start.name,
          start.checksum,
          start.actor,
          start.toolVersion,
          start.backupReceipt,
          start.statementsChecksum,
        ],
      );
    },

    async startDown(
      client: SqlClient,
      owner: string,
      version: string,
      statementsChecksum: string | null,
    ): Promise<void> {
      await write(
        client,
        `UPDATE ${table} SET state = 'running', direction = 'down',
           statements_done = CASE direction WHEN 'down' THEN statements_done ELSE 0 END,
           statements_checksum = CASE direction WHEN 'down' THEN coalesce(statements_checksum, $3) ELSE $3 END
         WHERE version = $2 AND ${mine}`,
        [owner, version, statementsChecksum],
      );
    },

    async progress(
      client: SqlClient,
      owner: string,
      version: string,
      done: number,
      checksum: string,
    ): Promise<void> {
      await write(
        client,
        `UPDATE ${table} SET statements_done = $3, statements_checksum = $4,
           error_sqlstate = NULL, error_message = NULL, error_statement = NULL
         WHERE version = $2 AND ${mine}`,
        [owner, version, done, checksum],
      );
    },

    async finishUp(
      client: SqlClient,
      owner: string,
      version: string,
      chain: string,
      durationMs: number,
    ): Promise<void> {
      await write(
        client,
        `UPDATE ${table} SET state = 'applied', chain = $3, finished_at = clock_timestamp(), duration_ms = $4,
           error_sqlstate = NULL, error_message = NULL, error_statement = NULL
         WHERE version = $2 AND ${mine}`,
        [owner, version, chain, Math.round(durationMs)],
      );
    },

    async finishDown(client: SqlClient, owner: string, version: string): Promise<void> {
      await write(client, `DELETE FROM ${table} WHERE version = $2 AND ${mine}`, [owner, version]);
    },

    async fail(
      client: SqlClient,
      owner: string,
      version: string,
      error: { sqlstate: string | null; message: string; statement: number | null },
    ): Promise<void> {
      await write(
        client,
        `UPDATE ${table} SET state = 'failed', error_sqlstate = $3, error_message = $4, error_statement = $5
         WHERE version = $2 AND ${mine}`,
        [owner, version, error.sqlstate, error.message, error.statement],
      );
    },

    /** Going up again settles reversals that failed as a whole: what they were to take back is still in place. */
    async reinstate(client: SqlClient, owner: string): Promise<void> {
      await write(
        client,
        `UPDATE ${table} SET state = 'applied', direction = 'up',
           error_sqlstate = NULL, error_message = NULL, error_statement = NULL
         WHERE direction = 'down' AND statements_checksum IS NULL AND ${mine}`,
        [owner],
      );
    },

    /** Forgets fruitless attempts, for example one whose file was renumbered since. */
    async forget(client: SqlClient, owner: string, versions: readonly string[]): Promise<void> {
      if (versions.length === 0) return;
      await write(client, `DELETE FROM ${table} WHERE version = ANY ($2) AND ${mine}`, [
        owner,
        versions,
      ]);
    },

    async baseline(
      client: SqlClient,
      owner: string,
      rows: readonly (Omit<LedgerStart, 'backupReceipt' | 'statementsChecksum'> & {
        chain: string;
      })[],
    ): Promise<void> {
      await write(
        client,
        `INSERT INTO ${table} (version, name, state, checksum, chain, finished_at, duration_ms, actor, tool_version)
         SELECT r.version, r.name, 'baselined', r.checksum, r.chain, now(), 0,
                coalesce(r.actor, session_user::text), r."toolVersion"
         FROM json_to_recordset($2) AS r (version text, name text, checksum text, chain text, actor text,
                                          "toolVersion" text)
         WHERE ${mine}`,
        [owner, JSON.stringify(rows)],
      );
    },
  };
}

export type Ledger = ReturnType<typeof createLedgerAccess>;
