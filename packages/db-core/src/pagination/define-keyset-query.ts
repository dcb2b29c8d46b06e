import { z } from 'zod';
import type { ExecuteOptions, ReadDatabase } from '../database/database.ts';
import { InvalidInputError, UnexpectedResultError } from '../errors.ts';
import { defineQuery, type QueryDefinition } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { type SqlFragment, sql } from '../query/sql.ts';
import type { Statement } from '../query/statement.ts';
import { COLUMN_TYPES } from './column-type.ts';
import { cursorCodec, MAX_CURSOR_LENGTH } from './cursor.ts';
import { type Ordering, orderBy, orderedColumns } from './ordering.ts';
import { behind, type Position } from './position.ts';

/** A part of a list, and where the rest begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Hand it back as `cursor` to get the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** What a list query puts into its SQL, each piece exactly once. */
export interface PageSql {
  /** Last item of the SELECT list: where the row stands, for the cursor. */
  readonly cursor: SqlFragment;
  /** In parentheses, for the WHERE: the rows behind the cursor; TRUE for the first page. */
  readonly after: SqlFragment;
  /** End of the statement: `ORDER BY … LIMIT …`. */
  readonly orderByLimit: SqlFragment;
}

/** What a list takes besides its own input. */
export interface PageInput {
  /** Most items on the page. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before; nothing for the first page. */
  readonly cursor?: string | null | undefined;
}

/** A list query as it is written down. */
export interface KeysetQueryDefinition<I extends z.ZodObject, R extends z.ZodObject> {
  /** The name it is exported under; unique in the package. */
  readonly name: string;
  /** The filters of the list; `limit` and `cursor` are added. */
  readonly input: I;
  readonly row: R;
  /** Must be total: end with a unique column, or no two rows may agree in all of them. */
  readonly order: Ordering;
  /** Items on a page: by default and at most. @default { default: 50, most: 100 } */
  readonly limit?: { readonly default: number; readonly most: number };
  readonly sql: (input: z.output<I>, page: PageSql) => SqlFragment;
  /** As for `defineQuery`; those with cursors are added. */
  readonly samples: readonly [z.input<I>, ...z.input<I>[]];
}

/** Input of a list. An empty schema means "no keys", which would forbid those of the page too. */
export type ListInput<I extends z.ZodObject> =
  z.input<I> extends Record<string, never> ? PageInput : z.input<I> & PageInput;

/** A list that is read page by page: call it with a database and an input. */
export interface KeysetQuery<I extends z.ZodObject, R extends z.ZodObject> {
  (db: ReadDatabase, input: ListInput<I>, options?: ExecuteOptions): Promise<Page<z.output<R>>>;
  readonly definition: QueryDefinition<z.ZodType, z.ZodObject, 'many', 'read'>;
  readonly order: Ordering;
  /** The statement for an input, without sending it. @throws InvalidInputError */
  statement(input: ListInput<I>): Statement;
}

type PagedInput = z.ZodType<Record<string, unknown> & PageInput, PageInput>;

const CURSOR = 'keysetCursor';

/**
 * Defines a list that is read in pages, each starting behind the last row of the one before (keyset, never OFFSET):
 * every page costs the same, and rows that come or go in between shift nothing. An index over exactly the ordering
 * columns makes a page one short range of it. Columns that may be NULL stand best at the end: behind a leading column
 * with its NULLs last, the server reads the index from the start.
 *
 * @throws InvalidInputError (from the list) for an input that does not fit, or a cursor that this list did not make
 * @throws UnexpectedResultError (from the list) where an ordering column declared without NULLs has one
 *
 * @example
 * const listActiveChildren = defineKeysetQuery({
 *   name: 'listActiveChildren',
 *   input: z.object({}),
 *   row: z.object({ id: pgType.text, lastName: pgType.text }),
 *   order: [
 *     { sql: sql`child.last_name`, type: 'text' },
 *     { sql: sql`child.id`, type: 'text' },
 *   ],
 *   sql: (_input, page) => sql`
 *     SELECT child.id, child.last_name AS "lastName", ${page.cursor}
 *     FROM public.children AS child
 *     WHERE child.is_active AND ${page.after}
 *     ${page.orderByLimit}`,
 *   samples: [{}],
 * });
 * const first = await listActiveChildren(db, { limit: 20 });
 * const second = await listActiveChildren(db, { limit: 20, cursor: first.nextCursor });
 * // SELECT child.id, child.last_name AS "lastName", json_build_array(…)::text AS "keysetCursor"
 * // FROM public.children AS child
 * // WHERE child.is_active AND ((child.last_name, child.id) > ($1::text, $2::text))
 * // ORDER BY child.last_name, child.id LIMIT $3          -- 21: one more tells whether there is a next page
 */
export function defineKeysetQuery<const I extends z.ZodObject, const R extends z.ZodObject>(
  definition: KeysetQueryDefinition<I, R>,
): KeysetQuery<I, R> {
  const { name, limit: bounds = { default: 50, most: 100 } } = definition;
  const columns = orderedColumns(definition.order);
  const codec = cursorCodec(name, columns);
  const order = orderBy(columns);
  const positionOfRow = sql.join(
    columns.map((column) => COLUMN_TYPES[column.type].asJson(column.sql)),
    sql`, `,
  );
  const cursorColumn = sql`json_build_array(${positionOfRow})::text AS "keysetCursor"`;

  function after(cursor: string | null | undefined): SqlFragment {
    if (cursor === null || cursor === undefined) return sql`TRUE`;
    const position = codec.decode(cursor);
    if (position === null) {
      throw new InvalidInputError(
        `${name}: the cursor is not one of this list, or is of an earlier version. Start again from the first page.`,
      );
    }
    return sql`(${behind(columns, position)})`;
  }

  const query = defineQuery<PagedInput, z.ZodObject, 'many', 'read'>({
    name,
    access: 'read',
    input: definition.input.safeExtend({
      limit: z.int().min(1).max(bounds.most).optional(),
      cursor: z.string().max(MAX_CURSOR_LENGTH).nullish(),
    }) as unknown as PagedInput,
    row: definition.row.extend({ [CURSOR]: pgType.text }) as z.ZodObject,
    rows: 'many',
    sql: ({ limit = bounds.default, cursor, ...input }) =>
      definition.sql(input as z.output<I>, {
        cursor: cursorColumn,
        after: after(cursor),
        orderByLimit: sql`ORDER BY ${order} LIMIT ${limit + 1}`,
      }),
    samples: definition.samples.flatMap((sample) => [
      sample,
      ...samplePositions().map((position) => ({ ...sample, cursor: codec.encode(position) })),
    ]) as unknown as [PageInput],
  });

  /** A position for each set of the nullable columns that are NULL in it: every shape of the condition. */
  function samplePositions(): Position[] {
    return columns.reduce<Position[]>(
      (positions, { type, nulls }) =>
        positions.flatMap((before) =>
          [COLUMN_TYPES[type].sample, ...(nulls === null ? [] : [null])].map((value) => [
            ...before,
            value,
          ]),
        ),
      [[]],
    );
  }

  function cursorOf(row: Record<string, unknown> | undefined): string {
    const position = JSON.parse(row?.[CURSOR] as string) as Position;
    if (position.some((value, at) => value === null && columns[at]?.nulls === null)) {
      throw new UnexpectedResultError(
        `${name}: an ordering column has a NULL. Declare it nullable.`,
      );
    }
    const cursor = codec.encode(position);
    if (cursor.length > MAX_CURSOR_LENGTH) {
      throw new UnexpectedResultError(
        `${name}: a row is too long in its ordering columns for a cursor. Order by shorter ones.`,
      );
    }
    return cursor;
  }

  async function ask(
    db: ReadDatabase,
    input: ListInput<I>,
    options?: ExecuteOptions,
  ): Promise<Page<z.output<R>>> {
    const rows = (await query(db, input, options)) as readonly Record<string, unknown>[];
    const limit = input.limit ?? bounds.default;
    const items = rows
      .slice(0, limit)
      .map(({ [CURSOR]: _position, ...item }) => item) as z.output<R>[];
    return { items, nextCursor: rows.length > limit ? cursorOf(rows[limit - 1]) : null };
  }

  return Object.assign(ask, {
    definition: query.definition,
    statement: query.statement,
    order: definition.order,
  }) as unknown as KeysetQuery<I, R>;
}
