import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import {
  createMigrator,
  type MigrateEvent,
  type Migrator,
  type MigratorOptions,
} from '../src/index.ts';

/** A database, a folder of migrations and a migrator between them, gone with the test. */
export interface Scenario extends AsyncDisposable {
  readonly url: string;
  readonly directory: string;
  readonly client: pg.Client;
  readonly events: MigrateEvent[];
  migrator(options?: Partial<MigratorOptions>): Migrator;
  /** Writes files; null removes one. */
  files(files: Record<string, string | null>): Promise<void>;
  rows<T extends object>(sql: string, values?: unknown[]): Promise<T[]>;
}

export async function scenario(files: Record<string, string> = {}): Promise<Scenario> {
  const database = await testDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'db-migrate-'));
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  const events: MigrateEvent[] = [];
  const made: Scenario = {
    url: database.url,
    directory,
    client,
    events,
    migrator: (options = {}) =>
      createMigrator({
        connectionString: database.url,
        directory,
        onEvent: (event) => events.push(event),
        ...options,
      }),
    async files(changes) {
      for (const [name, text] of Object.entries(changes)) {
        const path = join(directory, name);
        await (text === null ? rm(path) : writeFile(path, text));
      }
    },
    rows: async <T extends object>(sql: string, values?: unknown[]) =>
      (await client.query<T & pg.QueryResultRow>(sql, values)).rows as T[],
    async [Symbol.asyncDispose]() {
      await client.end();
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };
  await made.files(files);
  return made;
}

/** A second connection to the scenario's database, closed with the block. */
export async function connect(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** Waits until `check` is true, asking every 20 ms for at most a minute: machines may be busy. */
export async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('This never became true.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
