/**
 * The literal of an array of one dimension whose elements are the given texts. PostgreSQL manual: 8.15.6.
 *
 * @example
 * arrayLiteral(['a "b"', null]) // {"a \"b\"",NULL}
 */
export function arrayLiteral(texts: readonly (string | null)[]): string {
  return `{${texts.map(arrayElement).join(',')}}`;
}

/** One element: quoted, so that it may hold anything. */
export function arrayElement(text: string | null): string {
  if (text === null) return 'NULL';
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
