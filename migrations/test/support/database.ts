import { fileURLToPath } from 'node:url';
import { type Catalog, readCatalog } from '@tothub/db-catalog';
import { createMigrator, type Migrator } from '@tothub/db-migrate';
import {
  databaseFrom,
  legacyDatabase,
  type TestDatabase,
  testDatabase,
} from '@tothub/db-testkit/vitest';
import pg from 'pg';

/** TotHub's migrations. */
export const directory = fileURLToPath(new URL('../../', import.meta.url));

/** A throwaway database with a connection to it; closed and dropped at the end of an `await using` scope. */
export interface OpenDatabase extends AsyncDisposable {
  readonly url: string;
  readonly client: pg.Client;
  readonly migrator: Migrator;
  connect(): Promise<pg.Client>;
}

const migratorFor = (url: string): Migrator => createMigrator({ connectionString: url, directory });

async function open(database: TestDatabase): Promise<OpenDatabase> {
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
    // Dropping the database ends what a failed test has left open.
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  return {
    url: database.url,
    client: await connect(),
    migrator: migratorFor(database.url),
    connect,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()));
      await database.drop();
    },
  };
}

/** No table at all. */
export const emptyDatabase = async (): Promise<OpenDatabase> => open(await testDatabase());

/** The legacy schema with its 824 rows, baselined. */
export const legacy = async (): Promise<OpenDatabase> =>
  open(
    await databaseFrom('baselined', async () => {
      const database = await legacyDatabase();
      await migratorFor(database.url).baseline({ through: '0001' });
      return database;
    }),
  );

/** The target schema with no row in it. */
export const migrated = async (): Promise<OpenDatabase> =>
  open(
    await databaseFrom('migrated_from_empty', async () => {
      const database = await testDatabase();
      await migratorFor(database.url).up();
      return database;
    }),
  );

/** What the migrations are responsible for: neither the ledger nor Drizzle's own. */
export const ownCatalog = (client: pg.Client): Promise<Catalog> =>
  readCatalog(client, { schemas: ['public', 'archive'] });
