import { createSchemaExportHandler, toNodeHandler } from '@tothub/db-docs';
import type { RequestHandler } from 'express';
import type pg from 'pg';
import { bearerTest } from '../bearer.ts';

/** The schema of the database as JSON, for whoever has the token. */
export function schemaExport(pool: pg.Pool, token: string): RequestHandler {
  const isRight = bearerTest(token);
  return toNodeHandler(
    createSchemaExportHandler({
      db: pool,
      authorize: (request) => isRight(request.headers.get('authorization')) || 'unauthenticated',
    }),
  );
}
