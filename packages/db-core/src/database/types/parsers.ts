/**
 * Values of columns by the OID of their type. The OIDs of built-in types are the same in every database, so none is
 * looked up. A type that is not listed stays the text that PostgreSQL writes.
 */
import { arrayParser } from './array.ts';
import { parseInstant } from './instant.ts';
import { PG_TYPES } from './oids.ts';

/** Reads a value that is not NULL. Throws an error whose message continues "column x …". */
export type ValueParser = (text: string) => unknown;

/** How int8 arrives: as a number, refused beyond 2^53 - 1, or as a string. */
export type Int8Mode = 'number' | 'string';

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(
      'holds an int8 beyond 2^53 - 1. Open the database with int8: "string", or cast it to text',
    );
  }
  return value;
}

function parseBytes(text: string): Buffer {
  if (!text.startsWith('\\x')) {
    throw new RangeError('holds bytes in the escape format. Leave bytea_output at hex');
  }
  return Buffer.from(text.slice(2), 'hex');
}

const parseBoolean: ValueParser = (text) => text === 't';

function scalarParsers(int8: Int8Mode): Record<string, ValueParser | undefined> {
  return {
    bool: parseBoolean,
    int2: Number,
    int4: Number,
    oid: Number,
    int8: int8 === 'number' ? parseSafeInteger : undefined,
    float4: Number,
    float8: Number,
    json: JSON.parse,
    jsonb: JSON.parse,
    bytea: parseBytes,
    timestamp: parseInstant,
    timestamptz: parseInstant,
  };
}

/** The parser of each type; undefined where the text is the value. */
export function valueParsers(int8: Int8Mode): (oid: number) => ValueParser | undefined {
  const byOid = new Map<number, ValueParser>();
  const scalars = scalarParsers(int8);
  for (const [name, { oid, arrayOid }] of Object.entries(PG_TYPES)) {
    const parser = scalars[name];
    // JSON.parse and Number take a second argument of other meaning; they are only ever called with one.
    if (parser !== undefined) byOid.set(oid, parser);
    byOid.set(arrayOid, arrayParser(parser));
  }
  return (oid) => byOid.get(oid);
}
