import { explainConnection } from './connection/explain-connection.ts';
import { withSession } from './connection/session.ts';
import type { SqlClient } from './connection/sql-client.ts';
import { createLedgerAccess, type LedgerRow } from './ledger/ledger.ts';
import type { ResolvedOptions } from './options.ts';

/** Reads the ledger, empty where there is none, in a read-only transaction in which `use` may read more. */
export async function readLedger<T>(
  options: ResolvedOptions,
  use: (rows: LedgerRow[], client: SqlClient) => T | Promise<T>,
): Promise<T> {
  const { connectionString, ledgerSchema } = options;
  return withSession(connectionString, 'tothub-db-migrate', async (session) => {
    const { client } = session;
    try {
      await client.query('BEGIN READ ONLY');
      // The driver reads no other form of a time.
      await client.query("SET LOCAL DateStyle = 'ISO, YMD'");
      const rows = await createLedgerAccess(ledgerSchema).read(client);
      const result = await use(rows, client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      throw explainConnection(error, [session]);
    }
  });
}
