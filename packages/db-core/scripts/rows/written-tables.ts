import type { Relation } from '@tothub/db-catalog';

/**
 * Left out: the cookie store, whose library owns it, and what the migrations keep for people to look at.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'user_sessions',
  'data_findings',
  'data_quarantine',
]);

/** Whether the rows of a table are those of the application. */
export function isWritten({ schema, name }: Relation): boolean {
  return schema === 'public' && !LEFT_OUT.has(name);
}
