/**
 * The one place where names and texts become SQL. It follows PostgreSQL's own `quote_ident` and
 * `quote_literal` (manual, "String Functions and Operators"), so what it prints equals what the server prints.
 */
import { UnquotableTextError } from './catalog-error.ts';
import { quotedKeywords } from './keywords.ts';
import type { RelationName } from './model.ts';

/**
 * Quotes an identifier where it needs quotes.
 *
 * @throws {UnquotableTextError} when the name is empty or holds a NUL character.
 * @example
 * ```ts
 * quoteIdent('children'); // children
 * quoteIdent('Order "1"'); // "Order ""1"""
 * quoteIdent('user'); // "user"
 * ```
 */
export function quoteIdent(name: string): string {
  if (name === '') {
    throw new UnquotableTextError('A PostgreSQL name cannot be empty. Pass the name of an object.');
  }
  refuseNul(name, 'name');
  if (/^[a-z_][a-z0-9_]*$/.test(name) && !quotedKeywords.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Quotes a text as a literal that reads the same whatever `standard_conforming_strings` is.
 *
 * @throws {UnquotableTextError} when the text holds a NUL character.
 * @example
 * ```ts
 * quoteLiteral("it's"); // 'it''s'
 * quoteLiteral('a\\b'); // E'a\\\\b'
 * ```
 */
export function quoteLiteral(text: string): string {
  refuseNul(text, 'text');
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/**
 * Prints a schema-qualified name, each part quoted where it needs quotes.
 *
 * @throws {UnquotableTextError} when a part is empty or holds a NUL character.
 * @example
 * ```ts
 * qualifiedName('public', 'order'); // public."order"
 * qualifiedName({ schema: 'app', name: 'children' }); // app.children
 * ```
 */
export function qualifiedName(relation: RelationName): string;
export function qualifiedName(schema: string, name: string): string;
export function qualifiedName(first: string | RelationName, second = ''): string {
  const { schema, name } = typeof first === 'string' ? { schema: first, name: second } : first;
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

function refuseNul(text: string, what: 'name' | 'text'): void {
  if (text.includes('\0')) {
    throw new UnquotableTextError(
      `A PostgreSQL ${what} cannot hold a NUL character. Remove it from the ${what}.`,
    );
  }
}
