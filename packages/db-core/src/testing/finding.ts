import { relative } from 'node:path';
import type { SourcePlace } from './source-place.ts';

/** What can be wrong with a query. */
export type FindingKind =
  | 'name-differs'
  | 'name-repeated'
  | 'sample-refused'
  | 'statement-refused'
  | 'read-that-writes'
  | 'missing-column'
  | 'extra-column'
  | 'repeated-column'
  | 'column-type'
  | 'missing-nullable'
  | 'superfluous-nullable'
  | 'parameter-type'
  | 'sequential-scan'
  | 'unused-exception';

/** One thing that is wrong with a query, where it stands, and what to change. */
export interface Finding {
  readonly kind: FindingKind;
  /** Name of the query. */
  readonly query: string;
  /** The column, input key or table it is about. */
  readonly subject: string | null;
  readonly place: SourcePlace;
  /** What is wrong. What to change. */
  readonly message: string;
}

/**
 * A finding as one line, with the file as seen from the working directory.
 *
 * @example
 * formatFinding(finding)
 * // src/queries/children.ts:14 getChild missing-nullable: "notes" may be NULL (public.children.notes). Add .nullable().
 */
export function formatFinding({ kind, query, place, message }: Finding): string {
  return `${relative(process.cwd(), place.file)}:${place.line} ${query} ${kind}: ${message}`;
}
