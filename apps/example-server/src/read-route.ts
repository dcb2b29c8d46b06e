import { bounded, type Database, type Page, type ReadDatabase } from '@tothub/db-core';
import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { type PageParameters, parameters } from './parameters.ts';
import { Problem } from './problem.ts';
import type { SealedCursors } from './sealed-cursors.ts';

/** Makes routes that read. `P` are the parameters in the path. */
export interface ReadRoutes {
  /** A route of one thing: its JSON, or 404 for null. */
  one<P = Record<string, string>>(
    ask: (db: ReadDatabase, request: Request<P>) => Promise<unknown>,
  ): RequestHandler<P>;
  /** A route of a list, whose query string `schema` describes: a page at a time. */
  list<S extends z.ZodType<PageParameters> & z.ZodObject, P = Record<string, string>>(
    schema: S,
    ask: (
      db: ReadDatabase,
      input: Omit<z.output<S>, 'after'> & { cursor: string | undefined },
      request: Request<P>,
    ) => Promise<Page<unknown>>,
  ): RequestHandler<P>;
}

/**
 * Routes that read from this database, each for `timeoutMs` at most. When the client leaves, its query is cancelled on
 * the server.
 */
export function readRoutes(db: Database, timeoutMs: number, cursors: SealedCursors): ReadRoutes {
  const one: ReadRoutes['one'] = (ask) => async (request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    const answer = await ask(bounded(db.read(), { signal: left.signal, timeoutMs }), request);
    if (answer === null) throw new Problem(404);
    response.json(answer);
  };
  return {
    one,
    list: (schema, ask) =>
      one(async (from, request) => {
        const { after, ...input } = parameters(request, schema);
        const cursor = after === undefined ? undefined : cursors.open(after);
        const { items, nextCursor } = await ask(from, { ...input, cursor }, request);
        return { items, nextCursor: nextCursor === null ? null : cursors.seal(nextCursor) };
      }),
  };
}
