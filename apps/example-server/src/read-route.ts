import { bounded, type Database, type ReadDatabase } from '@tothub/db-core';
import type { Request, RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** Makes a route of one read: its result as JSON, or 404 for null. `P` are the parameters in its path. */
export type ReadRoute = <P = Record<string, string>>(
  ask: (db: ReadDatabase, request: Request<P>) => Promise<unknown>,
) => RequestHandler<P>;

/**
 * Routes that read from this database, each for `timeoutMs` at most. When the client leaves, its query is cancelled on
 * the server.
 */
export function readRoutes(db: Database, timeoutMs: number): ReadRoute {
  return (ask) => async (request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    const answer = await ask(bounded(db.read(), { signal: left.signal, timeoutMs }), request);
    if (answer === null) throw new Problem(404);
    response.json(answer);
  };
}
