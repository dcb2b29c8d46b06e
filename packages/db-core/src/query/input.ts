/** Pieces that the inputs of queries are put together from. What a query accepts beyond them stands with the query. */
import { z } from 'zod';

/** Text that PostgreSQL stores as it is: well-formed Unicode without the character NUL. */
export const text = z.string().regex(/^[^\0\p{Surrogate}]*$/u);

/** Text that says something: not empty, and of at most this many characters. @default 10,000 */
export const filledText = (max = 10_000) => text.min(1).max(max);

/** The id of a row, whatever its form. */
export const id = filledText(255);

/** A day of the calendar, `YYYY-MM-DD`. */
export const day = z.iso.date();

/** A point in time, within the years that a four-digit year can name. */
export const instant = z
  .date()
  .min(new Date('0001-01-01T00:00:00Z'))
  .max(new Date('9999-12-31T23:59:59.999Z'));

/** How many rows at the most; 1 to `max`. */
export const limit = (max = 100, usual = Math.min(50, max)) =>
  z.int().min(1).max(max).default(usual);
