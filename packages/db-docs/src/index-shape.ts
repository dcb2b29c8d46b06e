import type { Index } from '@tothub/db-catalog';

/** The definition of an index from its method on, without what differs between any two: its name and its table. */
export function indexShape({ definition, method }: Index): string {
  // A quoted name may hold anything, so names are blanked before the clause is looked for.
  const unquoted = definition.replace(/"(?:[^"]|"")*"/g, (name) => '"'.repeat(name.length));
  const at = unquoted.indexOf(` USING ${method} (`);
  return at < 0 ? definition : definition.slice(at + ' USING '.length);
}
