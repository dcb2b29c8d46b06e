import type { SeedValue } from '../profile.ts';
import { baseOf, type ValueType } from './column-type.ts';

/** The text form in which PostgreSQL reads a value of this type; null for NULL. */
export function valueText(value: SeedValue | undefined, type: ValueType): string | null {
  if (value === null || value === undefined) return null;
  const base = baseOf(type);
  if (base.kind === 'json') {
    // A string is taken as it is: generators for json columns may hand over JSON text.
    return typeof value === 'string' ? value : JSON.stringify(value, bigintAsText);
  }
  if (base.kind === 'array' && isList(value)) return arrayText(value, base.element);
  if (base.kind === 'composite' && isList(value)) {
    return `(${base.attributes.map((attribute, at) => fieldText(valueText(value[at], attribute))).join(',')})`;
  }
  const text = plainText(value, base);
  return base.kind === 'text' ? fit(text, base.maxLength) : text;
}

function plainText(value: Exclude<SeedValue, null>, type: ValueType): string {
  if (value instanceof Date) return dateText(value, type);
  if (typeof value === 'object') return JSON.stringify(value, bigintAsText);
  if (type.kind === 'numeric' && typeof value === 'number') {
    return type.scale >= 0 ? value.toFixed(Math.min(type.scale, 20)) : value.toFixed(0);
  }
  return String(value);
}

function dateText(value: Date, type: ValueType): string {
  const iso = value.toISOString();
  // As the server prints it, without empty milliseconds.
  const time = iso.slice(11, iso.endsWith('.000Z') ? 19 : 23);
  const zone = 'zoned' in type && type.zoned ? '+00' : '';
  switch (type.kind) {
    case 'date':
      return iso.slice(0, 10);
    case 'time':
      return `${time}${zone}`;
    case 'timestamp':
      return `${iso.slice(0, 10)} ${time}${zone}`;
    default:
      return iso;
  }
}

function arrayText(values: readonly SeedValue[], element: ValueType): string {
  const items = values.map((value) => {
    const text = valueText(value, element);
    return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}

function fieldText(text: string | null): string {
  return text === null ? '' : `"${text.replace(/["\\]/g, '$&$&')}"`;
}

/** Cut to the declared length in characters, and without what no text in PostgreSQL can hold. */
function fit(text: string, maxLength: number | null): string {
  const clean = text.replaceAll('\0', '').toWellFormed();
  if (maxLength === null || clean.length <= maxLength) return clean;
  return Array.from(clean).slice(0, maxLength).join('').trimEnd();
}

const isList = (value: SeedValue): value is readonly SeedValue[] => Array.isArray(value);
const bigintAsText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

/** One line of COPY's text format. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2 */
export function copyLine(values: readonly (string | null)[]): string {
  return `${values.map((value) => (value === null ? '\\N' : value.replace(/[\\\n\r\t]/g, escapeForCopy))).join('\t')}\n`;
}

const copyEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const escapeForCopy = (character: string): string => copyEscapes[character] ?? character;
