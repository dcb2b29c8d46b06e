import { qualifiedName, quoteIdent } from '../quoting.ts';
import type { CatalogDifference } from './catalog-difference.ts';
import type { CatalogObject } from './described-object.ts';

const LONGEST_VALUE = 160;

/**
 * Prints a difference as one line.
 *
 * @example
 * ```ts
 * formatDifference(difference); // changed column app.children.name: not null from no to yes
 * ```
 */
export function formatDifference(difference: CatalogDifference): string {
  // Names may hold line breaks.
  return describe(difference).replaceAll(/\s*[\n\r\u2028\u2029]\s*/g, ' ');
}

function describe(difference: CatalogDifference): string {
  const { change, object, property, before, after } = difference;
  const name = `${change} ${formatObject(object)}`;
  if (property === undefined) {
    const definition = before ?? after;
    const isShown = typeof definition === 'string' && isShort(definition);
    return isShown ? `${name}: ${definition}` : name;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return `${name}: ${property} ${formatListChange(before, after)}`;
  }
  const [from, to] = [formatValue(before), formatValue(after)];
  return isShort(from) && isShort(to)
    ? `${name}: ${property} from ${from} to ${to}`
    : `${name}: ${property} differs`;
}

function formatObject(object: CatalogObject): string {
  const { type, schema, name, relation, arguments: argumentTypes } = object;
  if (type === 'database') return type;
  if (schema === '') return `${type} ${quoteIdent(name)}`;
  if (relation === undefined) {
    const signature = argumentTypes === undefined ? '' : `(${argumentTypes})`;
    return `${type} ${qualifiedName(schema, name)}${signature}`;
  }
  const table = qualifiedName(schema, relation);
  return type === 'column'
    ? `column ${table}.${quoteIdent(name)}`
    : `${type} ${quoteIdent(name)} on ${table}`;
}

function formatValue(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

function formatListChange(before: readonly unknown[], after: readonly unknown[]): string {
  const gone = before.filter((member) => !after.includes(member));
  const come = after.filter((member) => !before.includes(member));
  const parts = [
    ...(gone.length > 0 ? [`without ${gone.map(String).join(', ')}`] : []),
    ...(come.length > 0 ? [`with ${come.map(String).join(', ')}`] : []),
  ];
  return parts.length > 0 ? parts.join(' and ') : 'in another order';
}

function isShort(text: string): boolean {
  return text.length <= LONGEST_VALUE && !text.includes('\n');
}
