/** Parameters as the protocol carries them: text, bytes or NULL. */
import { InvalidInputError } from '../errors.ts';

export type WireValue = string | Buffer | null;

/** What one message of the protocol can count. */
const MAX_PARAMETERS = 65_535;

/**
 * The parameters of a statement as they are sent.
 * @throws InvalidInputError for a value that is not one of slonik's primitives; undefined is never bound.
 */
export function toWire(name: string, values: readonly unknown[]): readonly WireValue[] {
  if (values.length > MAX_PARAMETERS) {
    throw new InvalidInputError(
      `${name} has ${values.length} parameters; a statement takes ${MAX_PARAMETERS}. Send an array, or insertMany.`,
    );
  }
  return values.map((value) => {
    if (typeof value === 'string' || value === null || Buffer.isBuffer(value)) return value;
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
      return String(value);
    }
    // `sql.array` hands over the array itself.
    if (Array.isArray(value)) return arrayLiteral(name, value);
    throw new InvalidInputError(
      `${name} has a parameter of type ${typeof value}. Make it a string, number, boolean, bigint, Buffer or null; sql.timestamp, sql.jsonb and sql.array do.`,
    );
  });
}

function arrayLiteral(name: string, items: readonly unknown[]): string {
  const parts = items.map((item) => {
    if (item === null) return 'NULL';
    if (Array.isArray(item)) return arrayLiteral(name, item);
    if (Buffer.isBuffer(item)) return `"\\\\x${item.toString('hex')}"`;
    if (typeof item === 'string') {
      return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    }
    if (typeof item === 'number' || typeof item === 'boolean' || typeof item === 'bigint') {
      return String(item);
    }
    throw new InvalidInputError(
      `${name} has an array with an element of type ${typeof item}. Make it a string, number, boolean, bigint, Buffer or null.`,
    );
  });
  return `{${parts.join(',')}}`;
}
