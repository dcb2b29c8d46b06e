/** Values as the text that PostgreSQL reads them from, exactly; what it could not store as it is, is refused here. */
import { InvalidInputError } from '../errors.ts';
import { arrayLiteral } from './array-literal.ts';
import type { BulkType } from './columns.ts';
import { instantText } from './instant-text.ts';

/** A value that cannot be stored as it is. Its message continues the sentence "row 3, column x …". */
class UnstorableValue extends Error {}

const refuse = (why: string): never => {
  throw new UnstorableValue(why);
};

function text(value: unknown): string {
  if (typeof value !== 'string') return refuse('is not a string');
  if (value.includes('\0')) return refuse('has the character U+0000, which no text can hold');
  if (!value.isWellFormed()) return refuse('has half a surrogate pair, which UTF-8 cannot say');
  return value;
}

function integer(least: number, most: number): (value: unknown) => string {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? String(value)
      : refuse(`is not a whole number from ${least} to ${most}`);
}

function int8(value: unknown): string {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return value;
  return refuse('is not a whole number; beyond 2^53 it must be a bigint or a string');
}

function float8(value: unknown): string {
  if (typeof value !== 'number') return refuse('is not a number');
  return Object.is(value, -0) ? '-0' : String(value);
}

function instant(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (!(value instanceof Date)) return refuse('is neither a Date nor a string');
  if (Number.isNaN(value.getTime())) return refuse('is an invalid Date');
  return instantText(value);
}

function json(value: unknown): string {
  const written: string | undefined = JSON.stringify(value);
  if (written === undefined) return refuse('is nothing that JSON can say');
  // An even number of backslashes in front are themselves escaped.
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(written)) {
    return refuse('has the character U+0000, which no text can hold');
  }
  return written;
}

function array(element: (value: unknown) => string): (value: unknown) => string {
  return (value) => {
    if (!Array.isArray(value)) return refuse('is not an array');
    return arrayLiteral(value.map((item: unknown) => (item === null ? null : element(item))));
  };
}

const int4 = integer(-2_147_483_648, 2_147_483_647);

const WRITERS: Readonly<Record<BulkType, (value: unknown) => string>> = {
  text,
  bool: (value) => (typeof value === 'boolean' ? String(value) : refuse('is not a boolean')),
  int2: integer(-32_768, 32_767),
  int4,
  int8,
  float8,
  numeric: (value) => (typeof value === 'bigint' ? String(value) : text(value)),
  date: text,
  timestamp: instant,
  timestamptz: instant,
  uuid: text,
  json,
  jsonb: json,
  bytea: (value) =>
    value instanceof Uint8Array
      ? `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
      : refuse('is not a Uint8Array'),
  _text: array(text),
  _int4: array(int4),
};

/** Writes the values of one column; null stays null. */
export type ValueWriter = (value: unknown, row: number) => string | null;

/**
 * Makes the writer of a column. `where` begins its complaints: `insertMany into public.children`.
 * @throws InvalidInputError (from the writer) names the row, from 1, and the key, never the value
 */
export function valueWriter(where: string, key: string, type: BulkType): ValueWriter {
  const write = WRITERS[type];
  return (value, row) => {
    if (value === null) return null;
    try {
      return value === undefined ? refuse('is missing; NULL is said by null') : write(value);
    } catch (error) {
      const why = error instanceof UnstorableValue ? error.message : 'could not be read';
      throw new InvalidInputError(
        `${where}: row ${row}, column ${key} ${why}. Correct it; no row was stored.`,
      );
    }
  };
}
