import { type Database, sharePool } from '@tothub/db-core';
import { createSchemaExportHandler, toNodeHandler } from '@tothub/db-docs';
import type { RequestHandler } from 'express';
import { bearerTest } from '../bearer.ts';
import type { LogEntry } from '../problem.ts';

/** The schema of the database as JSON, for whoever has the token. */
export function schemaExport(
  db: Database,
  token: string,
  log: (entry: LogEntry) => void,
): RequestHandler {
  const isRight = bearerTest(token);
  return toNodeHandler(
    createSchemaExportHandler({
      db: sharePool(db),
      authorize: (request) => isRight(request.headers.get('authorization')) || 'unauthenticated',
      onError: (error) => log({ method: 'GET', path: '/schema', status: 503, error }),
    }),
  );
}
