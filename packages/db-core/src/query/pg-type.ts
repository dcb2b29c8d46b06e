import { z } from 'zod';

/**
 * The PostgreSQL types of columns as zod schemas of the values that the driver hands over. A schema made here knows
 * the type it stands for, so a column that has become another type is named before a single row is looked at.
 *
 * int8 is a safe integer or a string, as `createDatabase` was told; queries of this package cast it away.
 */
const TYPES = new WeakMap<z.ZodType, PgTypeName>();

/** Names as in `pg_type.typname`; `enum` stands for every enum of the database. */
export type PgTypeName =
  | 'text'
  | 'bool'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'float8'
  | 'numeric'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'json'
  | 'jsonb'
  | 'bytea'
  | 'enum'
  | '_text'
  | '_int4';

function of<S extends z.ZodType>(name: PgTypeName, schema: S): S {
  TYPES.set(schema, name);
  return schema;
}

/** Schemas of single columns. `pgType.text.nullable()` is a column that may be NULL. */
export const pgType = {
  /** `text`, `varchar`, `char`, `name`: a string. */
  text: of('text', z.string()),
  bool: of('bool', z.boolean()),
  int2: of('int2', z.int().min(-32_768).max(32_767)),
  int4: of('int4', z.int32()),
  int8: of('int8', z.union([z.int(), z.string()])),
  float8: of('float8', z.number()),
  /** Exact, so a string. */
  numeric: of('numeric', z.string()),
  /** A day of the calendar, `YYYY-MM-DD`. */
  date: of('date', z.string()),
  /** An instant; the time of a `timestamp` without time zone counts as UTC. */
  timestamp: of('timestamp', z.date()),
  timestamptz: of('timestamptz', z.date()),
  uuid: of('uuid', z.string()),
  json: of('json', z.unknown()),
  jsonb: of('jsonb', z.unknown()),
  bytea: of('bytea', z.instanceof(Uint8Array)),
  textArray: of('_text', z.array(z.string().nullable())),
  int4Array: of('_int4', z.array(z.int32().nullable())),
  /** A column of an enum type with these labels. */
  enum: <const L extends readonly [string, ...string[]]>(labels: L) => of('enum', z.enum(labels)),
  /** A text that can only be one of these, because the SQL makes it. */
  textOf: <const L extends readonly [string, ...string[]]>(labels: L) => of('text', z.enum(labels)),
  /** A JSON column whose documents have this shape. */
  jsonbOf: <S extends z.ZodType>(schema: S): S => of('jsonb', schema.clone() as S),
} as const;

/** The type a schema stands for, also behind `.nullable()`; undefined for a schema of plain zod. */
export function pgTypeOf(schema: z.ZodType): PgTypeName | undefined {
  const known = TYPES.get(schema);
  if (known !== undefined) return known;
  return schema instanceof z.ZodNullable ? pgTypeOf(schema.unwrap() as z.ZodType) : undefined;
}
