import { createDatabase, type DatabaseOptions } from '@tothub/db-core';
import { type AppOptions, createApp } from '../src/app.ts';
import type { LogEntry } from '../src/problem.ts';
import { type Served, serve } from '../src/serve.ts';

export const API_TOKEN = 'api-token-of-the-tests-0123456789';
export const SCHEMA_TOKEN = 'schema-token-of-the-tests-0123456789';

/** The app on a free port, and what it wrote to its log. */
export interface RunningApp extends AsyncDisposable {
  readonly url: string;
  readonly log: readonly LogEntry[];
  readonly served: Served;
  /** GET with the token of the API. */
  get(path: string, init?: RequestInit): Promise<Response>;
}

/** Runs the app in this process, as `main.ts` puts it together. */
export async function runApp(
  options: DatabaseOptions,
  app: Pick<AppOptions, 'timeoutMs'> = {},
): Promise<RunningApp> {
  const log: LogEntry[] = [];
  const db = await createDatabase(options);
  const routes = createApp({
    ...app,
    db,
    apiToken: API_TOKEN,
    schemaToken: SCHEMA_TOKEN,
    log: (entry) => log.push(entry),
  });
  const served = await serve(routes, { host: '127.0.0.1', port: 0 });
  return {
    url: served.url,
    log,
    served,
    get: (path, init) =>
      fetch(`${served.url}${path}`, { headers: { authorization: `Bearer ${API_TOKEN}` }, ...init }),
    async [Symbol.asyncDispose]() {
      await served.stop(1_000);
      await db.close();
    },
  };
}
