import type { Database } from '@tothub/db-core';
import express, { type Express } from 'express';
import { requireBearer } from './bearer.ts';
import { type LogEntry, notFound, problemHandler } from './problem.ts';
import { readRoutes } from './read-route.ts';
import { children } from './routes/children.ts';
import { health } from './routes/health.ts';
import { profiles } from './routes/profiles.ts';
import { schemaExport } from './routes/schema.ts';
import { sessions } from './routes/sessions.ts';
import { sealedCursors } from './sealed-cursors.ts';

/** What the routes stand on. */
export interface AppOptions {
  readonly db: Database;
  readonly apiToken: string;
  readonly schemaToken: string;
  /**
   * How long a request may wait for the database, in milliseconds.
   * @default 5000
   */
  readonly timeoutMs?: number;
  readonly log: (entry: LogEntry) => void;
}

/** Puts the routes together. */
export function createApp(options: AppOptions): Express {
  const { db, apiToken, schemaToken, timeoutMs = 5_000, log } = options;
  const read = readRoutes(db, timeoutMs, sealedCursors(apiToken));
  return express()
    .disable('x-powered-by')
    .disable('etag')
    .use((_request, response, next) => {
      // Personal data: nothing between us and the client may keep it.
      response.set('Cache-Control', 'no-store');
      next();
    })
    .use(health(db))
    .all('/schema', schemaExport(db, schemaToken, log))
    .use(requireBearer(apiToken))
    .use('/children', children(read))
    .use('/sessions', sessions(read))
    .use('/profile', profiles(read))
    .use(notFound)
    .use(problemHandler(log));
}
