import type { Request } from 'express';
import { z } from 'zod';
import { Problem } from './problem.ts';

/** The query parameters of every list: `?limit=20&after=<nextCursor of the page before>`. */
export const page = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().min(1).optional(),
};

/** What every list is asked with. */
export interface PageParameters {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** The query string as the schema wants it. @throws Problem 422 with the names of the parameters at fault */
export function parameters<S extends z.ZodObject>(
  { query }: Pick<Request, 'query'>,
  schema: S,
): z.output<S> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new Problem(422, [
    ...new Set(
      parsed.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys' ? issue.keys : issue.path.map(String),
      ),
    ),
  ]);
}
