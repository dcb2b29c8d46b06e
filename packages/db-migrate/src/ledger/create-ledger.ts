import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { sqlstateOf } from '../connection/server-error.ts';
import type { SqlClient } from '../connection/sql-client.ts';
import { LedgerPermissionError } from '../errors.ts';

/** The two tables of the ledger; what their columns mean is told to the database itself. */
function ledgerTables(schema: string): string {
  const s = quoteIdent(schema);
  return `
CREATE TABLE IF NOT EXISTS ${s}.migrations (
  version text PRIMARY KEY,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'applied', 'failed', 'baselined')),
  direction text NOT NULL DEFAULT 'up' CHECK (direction IN ('up', 'down')),
  checksum text NOT NULL,
  chain text,
  statements_done integer NOT NULL DEFAULT 0,
  statements_checksum text,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  duration_ms integer,
  actor text NOT NULL,
  tool_version text NOT NULL,
  backup_receipt text,
  error_sqlstate text,
  error_message text,
  error_statement integer
);
COMMENT ON TABLE ${s}.migrations IS 'One row per migration that was started, applied, failed or baselined.';
COMMENT ON COLUMN ${s}.migrations.checksum IS 'SHA-256 of the normalised up file.';
COMMENT ON COLUMN ${s}.migrations.chain IS 'SHA-256 of the previous chain, the version and the normalised up file.';
COMMENT ON COLUMN ${s}.migrations.statements_done IS 'Statements finished outside a transaction; the next one may have run.';
COMMENT ON COLUMN ${s}.migrations.statements_checksum IS 'SHA-256 of the finished statements.';
CREATE TABLE IF NOT EXISTS ${s}.migration_lease (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  owner text NOT NULL,
  host text NOT NULL,
  process_id integer NOT NULL,
  backend_pid integer NOT NULL,
  since timestamptz NOT NULL,
  heartbeat_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE ${s}.migration_lease IS 'The runner at work, if any; it renews its row while it lives.';`;
}

/** True when the ledger's tables are there. Writes nothing. */
export async function ledgerExists(client: SqlClient, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname IN ('migrations', 'migration_lease') AND c.relkind = 'r'`,
    [schema],
  );
  return rows[0]?.count === 2;
}

/**
 * Makes the ledger where there is none; the caller holds the runner's lock.
 *
 * @throws LedgerPermissionError with the GRANT that is missing.
 */
export async function createLedger(client: SqlClient, schema: string): Promise<void> {
  if (await ledgerExists(client, schema)) return;
  const { rows } = await client.query<{ exists: boolean; role: string; database: string }>(
    `SELECT to_regnamespace(${quoteLiteral(quoteIdent(schema))}) IS NOT NULL AS exists,
            current_user AS role, current_database() AS database`,
  );
  const { exists, role, database } = rows[0] as {
    exists: boolean;
    role: string;
    database: string;
  };
  try {
    // CREATE SCHEMA IF NOT EXISTS wants the privilege even where the schema is there.
    const schemaSql = exists ? '' : `CREATE SCHEMA IF NOT EXISTS ${quoteIdent(schema)};`;
    await client.query(`BEGIN; ${schemaSql} ${ledgerTables(schema)} COMMIT`);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    if (sqlstateOf(error) !== '42501') throw error;
    const grant = exists
      ? `GRANT USAGE, CREATE ON SCHEMA ${quoteIdent(schema)} TO ${quoteIdent(role)};`
      : `GRANT CREATE ON DATABASE ${quoteIdent(database)} TO ${quoteIdent(role)};`;
    throw new LedgerPermissionError(
      `The role ${role} may not create the ledger in schema ${schema}. Let the owner run: ${grant}`,
      { cause: error },
    );
  }
}
