import { createDatabase, DatabaseError } from '@tothub/db-core';
import { createApp } from './app.ts';
import { readConfiguration } from './configuration.ts';
import type { LogEntry } from './problem.ts';
import { serve } from './serve.ts';

/** How long running requests have to end, in milliseconds: less than what platforms wait before they kill. */
const GRACE_MS = 8_000;

function log({ error, ...request }: LogEntry): void {
  // Errors of db-core hold no value of a row; of others the name has to do.
  const told =
    error instanceof DatabaseError
      ? { code: error.code, message: error.message }
      : { name: error instanceof Error ? error.name : typeof error };
  process.stderr.write(`${JSON.stringify({ level: 'error', ...request, ...told })}\n`);
}

const { databaseUrl, replicaUrls, apiToken, schemaToken, host, port } = readConfiguration(
  process.env,
);
const db = await createDatabase({ connectionString: databaseUrl, replicas: replicaUrls });

const server = await serve(createApp({ db, apiToken, schemaToken, log }), {
  host,
  port,
});
process.stderr.write(`${JSON.stringify({ level: 'info', listening: server.url })}\n`);

let isStopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    await server.stop(GRACE_MS);
    await db.close();
  });
}
