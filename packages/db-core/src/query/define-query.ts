import { z } from 'zod';
import {
  type ExecuteOptions,
  executor,
  type ReadDatabase,
  type WriteDatabase,
} from '../database/database.ts';
import {
  type ConstraintErrors,
  InvalidInputError,
  NotFoundError,
  UnexpectedResultError,
} from '../errors.ts';
import { type RowShape, rowShape } from './row-shape.ts';
import type { SqlFragment } from './sql.ts';
import type { Statement } from './statement.ts';

/** How many rows a query has: exactly one, one or none, any number, or none wanted (then it gives a count). */
export type Cardinality = 'one' | 'maybeOne' | 'many' | 'none';

type Answer<R, C extends Cardinality> = C extends 'one'
  ? R
  : C extends 'maybeOne'
    ? R | null
    : C extends 'many'
      ? readonly R[]
      : number;

type DatabaseFor<A extends 'read' | 'write'> = A extends 'write' ? WriteDatabase : ReadDatabase;

/** A query as it is written down. */
export interface QueryDefinition<
  I extends z.ZodType,
  R extends z.ZodObject | null,
  C extends Cardinality,
  A extends 'read' | 'write',
> {
  /** The name it is exported under; unique in the package. */
  readonly name: string;
  /** `write` for a query that changes rows: it then needs a database that may write. */
  readonly access: A;
  readonly input: I;
  /** Columns of a row; null together with `rows: 'none'`. */
  readonly row: R;
  readonly rows: C;
  readonly sql: (input: z.output<I>) => SqlFragment;
  /** Errors of the domain for constraints that the query may violate; see `mapConstraints`. */
  readonly constraints?: ConstraintErrors;
  /** Inputs that between them reach every variant of the SQL; CI has the server describe and plan each. */
  readonly samples: readonly [z.input<I>, ...z.input<I>[]];
}

/** A question to the database: call it with a database and an input. */
export interface Query<
  I extends z.ZodType = z.ZodType,
  R extends z.ZodObject | null = z.ZodObject | null,
  C extends Cardinality = Cardinality,
  A extends 'read' | 'write' = 'read' | 'write',
> {
  (
    db: DatabaseFor<A>,
    input: z.input<I>,
    options?: ExecuteOptions,
  ): Promise<Answer<R extends z.ZodObject ? z.output<R> : never, C>>;
  readonly definition: QueryDefinition<I, R, C, A>;
  /** The statement for an input, without sending it. @throws InvalidInputError */
  statement(input: z.input<I>): Statement;
}

/** The type of a row of a query. */
export type RowOf<Q> = Q extends { definition: { row: infer R } }
  ? R extends z.ZodType
    ? z.output<R>
    : never
  : never;

/** The type of the input of a query. */
export type InputOf<Q> = Q extends { definition: { input: infer I } }
  ? I extends z.ZodType
    ? z.input<I>
    : never
  : never;

/**
 * Defines a query once: its name, its input, its SQL and its rows. The result is the function that asks it.
 *
 * @example
 * const getChild = defineQuery({
 *   name: 'getChild',
 *   access: 'read',
 *   input: z.object({ id: z.string() }),
 *   row: z.object({ id: pgType.text, firstName: pgType.text }),
 *   rows: 'maybeOne',
 *   sql: ({ id }) => sql`SELECT id, first_name AS "firstName" FROM public.children WHERE id = ${id}`,
 *   samples: [{ id: 'c1' }],
 * });
 * await getChild(db, { id: 'c1' });
 * // SELECT id, first_name AS "firstName" FROM public.children WHERE id = $1
 */
export function defineQuery<
  const I extends z.ZodType,
  const R extends z.ZodObject | null,
  const C extends Cardinality,
  const A extends 'read' | 'write',
>(definition: QueryDefinition<I, R, C, A>): Query<I, R, C, A> {
  const { name, rows: cardinality } = definition;
  let compiledInput: I | undefined;
  const shape: RowShape | null = definition.row === null ? null : rowShape(definition.row);
  // Most queries have one text: the same string each time is found by its hash further down.
  let [lastSql, lastText] = ['', ''];

  function statement(input: z.input<I>): Statement {
    compiledInput ??= z.compile(definition.input);
    const parsed = compiledInput.safeParse(input);
    if (!parsed.success) {
      const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'the input');
      throw new InvalidInputError(
        `${name}: ${[...new Set(where)].join(', ')} does not fit the schema of the input. Nothing was sent.`,
      );
    }
    const { sql, values } = definition.sql(parsed.data);
    if (sql !== lastSql) [lastSql, lastText] = [sql, sql.replaceAll('$slonik_', '$')];
    const { access, constraints } = definition;
    return { name, text: lastText, values, shape, access, constraints };
  }

  async function ask(
    db: DatabaseFor<A>,
    input: z.input<I>,
    options?: ExecuteOptions,
  ): Promise<unknown> {
    const { rows, rowCount } = await db[executor].execute(statement(input), options);
    if (cardinality === 'none') return rowCount;
    if (cardinality === 'many') return rows;
    if (rows.length > 1) {
      throw new UnexpectedResultError(
        `${name} found ${rows.length} rows where one is the most. Have its SQL name a unique key.`,
      );
    }
    if (rows.length === 0 && cardinality === 'one') {
      throw new NotFoundError(`${name} found no row.`);
    }
    return rows[0] ?? null;
  }

  return Object.assign(ask, { definition, statement }) as unknown as Query<I, R, C, A>;
}

/** Whether a value is what `defineQuery` made. */
export function isQuery(value: unknown): value is Query {
  return typeof value === 'function' && 'definition' in value && 'statement' in value;
}
