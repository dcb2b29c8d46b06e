/**
 * What the rows of a query must look like. Checked on every answer: first the names and types of the columns, which
 * costs nothing per row and works without any, then the rows themselves by zod's compiled validator.
 */
import { z } from 'zod';
import { isOwnType, PG_TYPES, typeName } from '../database/types/oids.ts';
import { UnexpectedResultError } from '../errors.ts';
import { type PgTypeName, pgTypeOf } from './pg-type.ts';

/** A column of an answer, as the server describes it. */
export interface AnswerColumn {
  readonly name: string;
  /** OID of its type; a domain comes as the type that it stands on. */
  readonly dataTypeID: number;
}

/** The columns that a query declares. Compiled once, when its first rows arrive. */
export interface RowShape {
  readonly schema: z.ZodObject;
  /**
   * Refuses columns that are missing, not declared, or of another type.
   * @throws UnexpectedResultError
   */
  assertColumns(query: string, columns: readonly AnswerColumn[]): void;
  /**
   * Refuses rows that do not fit; names the column, never a value.
   * @throws UnexpectedResultError
   */
  assertRows(query: string, rows: readonly unknown[]): void;
}

const SAME_AS: Partial<Record<PgTypeName, readonly number[]>> = {
  text: [PG_TYPES.text, PG_TYPES.varchar, PG_TYPES.bpchar, PG_TYPES.name, PG_TYPES.char].map(
    ({ oid }) => oid,
  ),
  _text: [PG_TYPES.text.arrayOid, PG_TYPES.varchar.arrayOid, PG_TYPES.bpchar.arrayOid],
};

function oidsOf(type: PgTypeName): readonly number[] {
  const several = SAME_AS[type];
  if (several !== undefined) return several;
  if (type === 'enum') return [];
  if (type === '_text' || type === '_int4') return [PG_TYPES[type.slice(1) as 'int4'].arrayOid];
  return [PG_TYPES[type].oid];
}

interface DeclaredColumn {
  /** Null for a column of plain zod, whose type is not known. */
  readonly type: PgTypeName | null;
  readonly oids: readonly number[];
}

/** Kinds of schema whose values differ from what the database sends. */
const CHANGING = new Set(['pipe', 'transform', 'default', 'prefault', 'catch', 'success']);

const shapes = new WeakMap<z.ZodObject, RowShape>();

/**
 * Compiles what a query declares about its rows, once for each schema.
 * @throws TypeError for a column that transforms its value or has a default: rows are validated, not rewritten.
 */
export function rowShape(schema: z.ZodObject): RowShape {
  let shape = shapes.get(schema);
  if (shape === undefined) {
    shape = compile(schema);
    shapes.set(schema, shape);
  }
  return shape;
}

function compile(schema: z.ZodObject): RowShape {
  for (const [name, column] of Object.entries(schema.shape)) assertUnchanging(name, column);
  const declared = new Map<string, DeclaredColumn>(
    Object.entries(schema.shape).map(([name, column]) => {
      const type = pgTypeOf(column as z.ZodType) ?? null;
      return [name, { type, oids: type === null ? [] : oidsOf(type) }];
    }),
  );
  let compiled: z.ZodArray<z.ZodObject> | undefined;
  let accepted: readonly AnswerColumn[] | undefined;

  return {
    schema,
    assertColumns(query, columns) {
      if (columns === accepted || (accepted && isSameDescription(columns, accepted))) return;
      const drift = driftOf(declared, columns);
      if (drift.length > 0) {
        throw new UnexpectedResultError(
          `${query} found other columns than it declares: ${drift.join('; ')}. Bring the query and the schema of the database together.`,
        );
      }
      accepted = columns;
    },
    assertRows(query, rows) {
      if (rows.length === 0) return;
      // With the first rows, since most processes ask few of all queries. Where code may not be made from strings,
      // zod gives back its ordinary parser.
      compiled ??= z.compile(z.array(schema));
      if (compiled.validate(rows)) return;
      throw new UnexpectedResultError(
        `${query} found values that it does not declare: ${misfits(schema, rows)}. Correct these rows, or let the query declare them.`,
      );
    },
  };
}

function assertUnchanging(name: string, column: z.core.$ZodType): void {
  const { type } = column._zod.def;
  if (CHANGING.has(type)) {
    throw new TypeError(
      `Column ${name} is declared with a ${type}, but rows are handed over as they come. Do it in the SQL.`,
    );
  }
  if (column instanceof z.ZodNullable || column instanceof z.ZodOptional) {
    assertUnchanging(name, column.unwrap());
  }
}

/** Whether the server describes the same columns as another time. */
export function isSameDescription(
  columns: readonly AnswerColumn[],
  known: readonly AnswerColumn[],
): boolean {
  if (known.length !== columns.length) return false;
  return columns.every(({ name, dataTypeID }, at) => {
    const other = known[at];
    return other?.name === name && other.dataTypeID === dataTypeID;
  });
}

function fits({ type, oids }: DeclaredColumn, oid: number): boolean {
  if (type === null) return true;
  return type === 'enum' ? isOwnType(oid) : oids.includes(oid);
}

function driftOf(
  declared: ReadonlyMap<string, DeclaredColumn>,
  columns: readonly AnswerColumn[],
): string[] {
  const drift: string[] = [];
  const seen = new Set<string>();
  for (const { name, dataTypeID } of columns) {
    const column = declared.get(name);
    if (column === undefined) drift.push(`column ${name} is not declared`);
    else if (seen.has(name)) drift.push(`column ${name} comes twice`);
    else if (!fits(column, dataTypeID))
      drift.push(`${name}: ${column.type} → ${typeName(dataTypeID)}`);
    seen.add(name);
  }
  for (const name of declared.keys()) {
    if (!seen.has(name)) drift.push(`column ${name} is missing`);
  }
  return drift;
}

/** Columns that no schema accepts, with what zod says of them: its messages name types and bounds, not values. */
function misfits(schema: z.ZodObject, rows: readonly unknown[]): string {
  const at = rows.findIndex((row) => !schema.safeParse(row).success);
  const { error } = schema.safeParse(rows[at]);
  const issues = error?.issues ?? [];
  const columns = new Set(issues.map((issue) => `${issue.path.join('.')} (${issue.code})`));
  return `row ${at + 1} of ${rows.length}, column ${[...columns].join(', ')}`;
}
