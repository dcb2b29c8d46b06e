/**
 * The SQL of a mask. Every function, operator and type is named with its schema, so that what is on the search path of
 * whoever creates the view decides nothing; and no expression can fail for a value, because an error tells something too.
 */
import { qualifiedName, quoteIdent, quoteLiteral, type RelationName } from '@tothub/db-catalog';
import { TreatmentError } from '../errors.ts';
import type { Mask } from './mask.ts';

/** What a mask must know of its column. */
export interface MaskableColumn {
  readonly name: string;
  /** Its type; for a domain the type below it. */
  readonly type: RelationName;
  /** PostgreSQL's `typcategory` of that type. */
  readonly category: string;
}

const DIGESTED = new Set(['int2', 'int4', 'int8', 'numeric', 'uuid', 'bytea']);
const NUMBERS = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']);
const MOMENTS = new Set(['date', 'timestamp', 'timestamptz']);

export const SALT_TABLE = 'masking_salt';

/** The salt of a schema's hashes: one row, which only the owner of the views may read. */
export function saltTable(schema: string): string {
  return qualifiedName(schema, SALT_TABLE);
}

/**
 * The expression that stands for a column of `t`.
 *
 * @throws {TreatmentError} when there is no such mask, or it does not fit the column's type, or makes no sense.
 */
export function maskExpression(column: MaskableColumn, mask: Mask, schema: string): string {
  const value = `t.${quoteIdent(column.name)}`;
  // The default collation can be matched and searched whatever the column's own.
  const text = `(CAST(${value} AS pg_catalog.text) COLLATE pg_catalog."default")`;
  const type = qualifiedName(column.type);
  const builtIn = column.type.schema === 'pg_catalog' ? column.type.name : '';
  const isText = column.category === 'S';
  const allowOnly = (fits: boolean, kinds: string): void => {
    if (fits) return;
    throw new TreatmentError(
      `The mask ${JSON.stringify(mask)} is for ${kinds}, and the column ${quoteIdent(column.name)} is ${column.type.name}. Choose another mask.`,
    );
  };
  switch (mask) {
    case 'pass':
      return value;
    case 'null':
      return `CAST(NULL AS ${type})`;
    case 'hash':
      allowOnly(isText || DIGESTED.has(builtIn), 'text, whole or decimal numbers, uuid and bytea');
      return hashOf(builtIn === 'bytea' ? value : `pg_catalog.convert_to(${text}, 'UTF8')`, schema);
    case 'initials':
      allowOnly(isText, 'text');
      return initialsOf(text);
    case 'email-domain':
      allowOnly(isText, 'text');
      return `pg_catalog.lower(pg_catalog."substring"(${text}, '@([[:alnum:].-]+)$'))`;
    case 'year':
      allowOnly(isText || MOMENTS.has(builtIn), 'dates, timestamps and text');
      return isText ? yearOfText(text) : yearOf(value, builtIn === 'timestamptz');
  }
  if (typeof mask !== 'object' || mask === null) {
    throw new TreatmentError(
      `There is no mask ${JSON.stringify(mask)} for the column ${quoteIdent(column.name)}. Choose one of those that are documented.`,
    );
  }
  if ('constant' in mask) return `CAST(${quoteLiteral(mask.constant)} AS ${type})`;
  if ('keepKeys' in mask) {
    allowOnly(builtIn === 'jsonb' && mask.keepKeys.length > 0, 'jsonb, with one key at least');
    return keptKeysOf(value, mask.keepKeys);
  }
  if ('band' in mask) {
    const isWidth = Number.isFinite(mask.band) && mask.band > 0;
    allowOnly(NUMBERS.has(builtIn) && isWidth, 'numbers, with a width above 0');
    return bandOf(value, mask.band);
  }
  const [side, count] =
    'last' in mask ? (['right', mask.last] as const) : (['left', mask.first] as const);
  const isCount = Number.isInteger(count) && count > 0;
  allowOnly(isText && isCount, 'text, with one character at least');
  return partOf(text, side, count);
}

function hashOf(bytes: string, schema: string): string {
  const salt = `(SELECT s.salt FROM ${saltTable(schema)} AS s)`;
  return `pg_catalog.encode(pg_catalog.sha256(${salt} OPERATOR(pg_catalog.||) ${bytes}), 'hex')`;
}

function initialsOf(text: string): string {
  return `(SELECT pg_catalog.string_agg(pg_catalog.upper(pg_catalog."left"(w.word, 1)), '' ORDER BY w.n)
    FROM pg_catalog.regexp_split_to_table(${text}, '[[:space:]]+') WITH ORDINALITY AS w(word, n)
    WHERE w.word OPERATOR(pg_catalog.<>) '')`;
}

function yearOfText(text: string): string {
  return `CASE WHEN ${text} OPERATOR(pg_catalog.~) '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN CAST(pg_catalog."left"(${text}, 4) AS pg_catalog.int4) END`;
}

function yearOf(value: string, hasZone: boolean): string {
  const moment = hasZone ? `pg_catalog.timezone('UTC', ${value})` : value;
  return `CASE WHEN pg_catalog.isfinite(${value}) THEN CAST(EXTRACT(year FROM ${moment}) AS pg_catalog.int4) END`;
}

function keptKeysOf(value: string, keys: readonly string[]): string {
  return `CASE WHEN pg_catalog.jsonb_typeof(${value}) OPERATOR(pg_catalog.=) 'object' THEN (
    SELECT coalesce(pg_catalog.jsonb_object_agg(e.key, e.value), '{}') FROM pg_catalog.jsonb_each(${value}) AS e(key, value)
    WHERE e.key OPERATOR(pg_catalog.=) ANY (CAST(ARRAY[${keys.map(quoteLiteral).join(', ')}] AS pg_catalog.text[]))) END`;
}

function bandOf(value: string, band: number): string {
  const width = `CAST(${quoteLiteral(String(band))} AS pg_catalog.numeric)`;
  return `pg_catalog.floor(CAST(${value} AS pg_catalog.numeric) OPERATOR(pg_catalog./) ${width}) OPERATOR(pg_catalog.*) ${width}`;
}

/** At least half of a text stays hidden, and how long it is. */
function partOf(text: string, side: 'left' | 'right', count: number): string {
  const shown = `pg_catalog."${side}"(${text}, ${count})`;
  const parts = side === 'right' ? ["'***'", shown] : [shown, "'***'"];
  return `CASE WHEN pg_catalog.char_length(${text}) OPERATOR(pg_catalog.>=) ${2 * count}
    THEN ${parts.join(' OPERATOR(pg_catalog.||) ')} WHEN ${text} IS NOT NULL THEN '***' END`;
}
