/** Whether a schema of a row takes what the driver makes of a PostgreSQL type. */
import { z } from 'zod';
import { pgTypeOf } from '../query/pg-type.ts';
import type { ServerType } from './server-catalog.ts';

const TEXTS = ['text', 'varchar', 'bpchar', 'name', 'char'];
/** Types whose values the driver hands over as they are written. */
const AS_WRITTEN = [
  'numeric',
  'date',
  'uuid',
  'int8',
  'time',
  'timetz',
  'interval',
  'inet',
  'cidr',
];

/** What is wrong with a schema for a column of a type; null when nothing is. */
export function columnTypeProblem(schema: z.ZodType, type: ServerType): string | null {
  const declared = pgTypeOf(schema);
  if (declared === undefined) {
    if (takes(schema, type.name)) return missingLabels(schema, type);
    return `is ${type.name} on the server, which the schema (zod ${schema._zod.def.type}) does not take. ${advice(type)}`;
  }
  const fits =
    declared === type.name ||
    (declared === 'text' && TEXTS.includes(type.name)) ||
    (declared === '_text' && ['_varchar', '_bpchar'].includes(type.name)) ||
    (declared === 'enum' && type.labels !== null);
  if (fits) return missingLabels(schema, type);
  return `is ${type.name} on the server, but ${declared} in the schema. ${advice(type)}`;
}

/** Whether a schema takes NULL. */
export function takesNull(schema: z.ZodType): boolean {
  // JSON has a null of its own, which z.unknown() takes; what counts is what the schema says of SQL's.
  if (pgTypeOf(schema) !== undefined) return schema instanceof z.ZodNullable;
  return schema instanceof z.ZodUnknown || schema.safeParse(null).success;
}

/**
 * What is wrong with a closed set for a text column of a table: rows from before its CHECK, or from a database that has
 * none, may hold another value, and must be read all the same.
 */
export function closedSetProblem(schema: z.ZodType, type: ServerType): string | null {
  const inner = schema instanceof z.ZodNullable ? (schema.unwrap() as z.ZodType) : schema;
  const isClosed = inner instanceof z.ZodEnum || inner instanceof z.ZodLiteral;
  return isClosed && TEXTS.includes(type.name)
    ? 'is a text column, whose rows may hold a value that the schema refuses. Declare it pgType.text.'
    : null;
}

/** Labels that the server may send and the schema refuses. */
function missingLabels(schema: z.ZodType, { labels, name }: ServerType): string | null {
  const refused = labels?.filter((label) => !schema.safeParse(label).success) ?? [];
  return refused.length === 0
    ? null
    : `is the enum ${name}, whose labels ${refused.join(', ')} the schema refuses. Add them.`;
}

function advice({ name, labels }: ServerType): string {
  if (labels) return 'Declare it pgType.enum([…]), or cast it in the SQL.';
  if (name === 'int8') return 'Cast it in the SQL, as in count(*)::int, or declare it pgType.int8.';
  const member = TEXTS.includes(name) ? 'text' : name.replace(/^_(.*)$/, '$1Array');
  return `Declare it pgType.${member}, or cast it in the SQL.`;
}

/** Whether a schema of plain zod takes values of a type. */
function takes(schema: z.ZodType, name: string): boolean {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return takes(schema.unwrap() as z.ZodType, name);
  }
  if (schema instanceof z.ZodReadonly) return takes(schema.unwrap() as z.ZodType, name);
  if (schema instanceof z.ZodUnion) {
    return schema.options.some((option) => takes(option as z.ZodType, name));
  }
  if (schema instanceof z.ZodArray && name.startsWith('_')) {
    return takes(schema.element as z.ZodType, name.slice(1));
  }
  switch (schema._zod.def.type) {
    case 'unknown':
    case 'any':
    case 'custom':
      return true;
    case 'string':
    case 'enum':
    case 'template_literal':
      return TEXTS.includes(name) || AS_WRITTEN.includes(name) || !KNOWN.has(name);
    case 'literal':
      return [...TEXTS, 'bool', 'int2', 'int4'].includes(name);
    case 'number':
    case 'int':
      return ['int2', 'int4', 'float4', 'float8', 'oid'].includes(name);
    case 'boolean':
      return name === 'bool';
    case 'date':
      return name === 'timestamp' || name === 'timestamptz';
    default:
      return name === 'json' || name === 'jsonb';
  }
}

/** Types that the driver makes something else of than a string. */
const KNOWN = new Set(
  'bool int2 int4 float4 float8 oid timestamp timestamptz json jsonb bytea void _text _varchar _int4'.split(
    ' ',
  ),
);
