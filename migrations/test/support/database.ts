import { type Catalog, readCatalog } from '@tothub/db-catalog';
import { legacyDatabase, type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { migrateUp } from './migrate.ts';

/** A throwaway database with a connection to it; closed and dropped at the end of an `await using` scope. */
export interface OpenDatabase extends AsyncDisposable {
  readonly client: pg.Client;
  connect(): Promise<pg.Client>;
}

async function open(database: TestDatabase): Promise<OpenDatabase> {
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    clients.push(client);
    return client;
  };
  return {
    client: await connect(),
    connect,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()));
      await database.drop();
    },
  };
}

/** No table at all. */
export const emptyDatabase = async (): Promise<OpenDatabase> => open(await testDatabase());

/** The legacy schema with its 824 rows, as a baselined database has it. */
export const legacy = async (): Promise<OpenDatabase> => open(await legacyDatabase());

/** The target schema with no row in it. */
export async function migrated(): Promise<OpenDatabase> {
  const database = await emptyDatabase();
  await migrateUp(database.client);
  return database;
}

/** What the migrations are responsible for; Drizzle's ledger in schema drizzle is not theirs. */
export const ownCatalog = (client: pg.Client): Promise<Catalog> =>
  readCatalog(client, { schemas: ['public', 'archive'] });
