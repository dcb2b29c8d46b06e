import type { z } from 'zod';

/** The columns that a query declares. Compiled once, when the query is defined. */
export interface RowShape {
  readonly schema: z.ZodObject;
}

export function rowShape(schema: z.ZodObject): RowShape {
  return { schema };
}
