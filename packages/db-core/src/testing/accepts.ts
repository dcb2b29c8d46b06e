import type { z } from 'zod';

/** Whether a schema takes a value. One that throws, such as an asynchronous one, does not. */
export function accepts(schema: z.ZodType, value: unknown): boolean {
  try {
    return schema.safeParse(value).success;
  } catch {
    return false;
  }
}
