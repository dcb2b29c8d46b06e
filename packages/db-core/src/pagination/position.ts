import { type SqlFragment, sql } from '../query/sql.ts';
import { COLUMN_TYPES } from './column-type.ts';
import type { OrderedColumn } from './ordering.ts';

/** Where a page ended: the text of each ordering column of its last row. */
export type Position = readonly (string | null)[];

/** Neighbouring columns that one row comparison can compare: same direction and no NULLs; else a single column. */
interface Step {
  readonly columns: readonly OrderedColumn[];
  readonly values: Position;
}

/**
 * The condition that holds for the rows behind a position, and for no other.
 *
 * Where all columns agree in direction and none may be NULL it is one row comparison, which a B-tree answers as one
 * range (PostgreSQL manual, 9.25.5 Row Constructor Comparison). Otherwise it is spelled out, with a bound on the
 * leading column in front where one range has it, since the server does not find that one inside the ORs.
 *
 * @example
 * // last_name ASC, id ASC:                    (last_name, id) > ($1::text, $2::text)
 * // day DESC, id ASC:                         day <= $1::date AND (day < $2::date OR (day = $3::date AND id > $4::text))
 * // email ASC NULLS LAST, id ASC, in the NULLs:  email IS NULL AND id > $1::text
 */
export function behind(columns: readonly OrderedColumn[], position: Position): SqlFragment {
  const steps = stepsOf(columns, position);
  const condition = behindSteps(steps);
  const [first] = steps;
  const bound = steps.length > 1 && first !== undefined ? leadingBound(first) : null;
  return bound === null ? condition : sql`${bound} AND (${condition})`;
}

function stepsOf(columns: readonly OrderedColumn[], position: Position): readonly Step[] {
  const steps: { columns: OrderedColumn[]; values: (string | null)[] }[] = [];
  for (const [at, column] of columns.entries()) {
    const value = position[at] ?? null;
    const last = steps.at(-1);
    const before = last?.columns[0];
    if (
      last !== undefined &&
      before !== undefined &&
      before.nulls === null &&
      column.nulls === null &&
      before.descending === column.descending
    ) {
      last.columns.push(column);
      last.values.push(value);
    } else {
      steps.push({ columns: [column], values: [value] });
    }
  }
  return steps;
}

function behindSteps(steps: readonly Step[]): SqlFragment {
  const [first, ...rest] = steps;
  if (first === undefined) return sql`FALSE`;
  const strictly = strictlyBehind(first);
  if (rest.length === 0) return strictly ?? sql`FALSE`;
  const level = sql`${levelWith(first)} AND (${behindSteps(rest)})`;
  return strictly === null ? level : sql`${strictly} OR (${level})`;
}

/** Null where nothing of the same column can stand behind: the NULLs are last and the position is one of them. */
function strictlyBehind({ columns, values }: Step): SqlFragment | null {
  const [column] = columns;
  const [value = null] = values;
  if (column === undefined) return null;
  if (value === null) return column.nulls === 'first' ? sql`${column.sql} IS NOT NULL` : null;
  const beyond = compare(columns, values, column.descending ? sql`<` : sql`>`);
  return column.nulls === 'last' ? sql`(${beyond} OR ${column.sql} IS NULL)` : beyond;
}

function levelWith({ columns, values }: Step): SqlFragment {
  const [column] = columns;
  return column !== undefined && values[0] === null
    ? sql`${column.sql} IS NULL`
    : compare(columns, values, sql`=`);
}

function leadingBound({ columns: [column], values: [value = null] }: Step): SqlFragment | null {
  if (column === undefined || value === null || column.nulls === 'last') return null;
  return compare([column], [value], column.descending ? sql`<=` : sql`>=`);
}

function compare(columns: readonly OrderedColumn[], values: Position, operator: SqlFragment) {
  const left = columns.map((column) => column.sql);
  const right = columns.map(({ type }, at) => COLUMN_TYPES[type].asValue(values[at] ?? ''));
  if (left.length === 1)
    return sql`${left[0] as SqlFragment} ${operator} ${right[0] as SqlFragment}`;
  return sql`(${sql.join(left, sql`, `)}) ${operator} (${sql.join(right, sql`, `)})`;
}
