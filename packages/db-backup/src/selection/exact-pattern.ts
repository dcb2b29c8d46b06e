import type { RelationName } from '@tothub/db-catalog';

/** A pattern of `psql` and `pg_dump` that fits one name only: within double quotes every character stands for itself. */
export function exactly({ schema, name }: RelationName): string {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return `${quote(schema)}.${quote(name)}`;
}
