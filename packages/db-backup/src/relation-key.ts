/** Text that is equal for two names of the same relation only, whatever dots and quotes they hold. */
export function relationKey(relation: { readonly schema: string; readonly name: string }): string {
  return JSON.stringify([relation.schema, relation.name]);
}
