/** Whether an expression of a plan may be NULL. It knows what is common; of the rest it says that it does not know. */
import { loadModule, type Node, parseSync } from 'libpg-query';
import { maybe, never, strictOf, unknown, type Verdict } from './verdict.ts';

/** What the place of an expression knows about the names in it. */
export interface ExpressionScope {
  column(alias: string, name: string): Verdict;
  /** The value of a scalar subquery, by the name of its plan. */
  subplan(name: string): Verdict;
  /** The verdict on an expression that the place only hands on; undefined for what is computed there. */
  below(expression: Node): Verdict | undefined;
  /** Whether aggregates are of groups, which have a row each, rather than of all rows, which may be none. */
  readonly isGrouped: boolean;
}

/** Functions that give a value whatever they get. */
const ALWAYS = new Set(
  `count row_number rank dense_rank percent_rank cume_dist now clock_timestamp statement_timestamp
  transaction_timestamp gen_random_uuid random concat concat_ws json_build_object jsonb_build_object json_build_array
  jsonb_build_array num_nulls num_nonnulls current_database pg_backend_pid`.split(/\s+/),
);

/** Functions that give a value when all their arguments are values. */
const STRICT = new Set(
  `lower upper btrim ltrim rtrim trim length char_length octet_length abs round ceil floor trunc date_trunc date_part
  extract to_char to_json to_jsonb md5 replace date timezone make_date make_interval cardinality left right`.split(
    /\s+/,
  ),
);

/** Aggregates that give a value for rows with values. */
const AGGREGATES = new Set(
  'sum min max avg bool_and bool_or every array_agg json_agg jsonb_agg string_agg'.split(' '),
);

const OPERATORS = new Set('+ - * / % || = <> < <= > >= ~~ !~~ ~~* !~~* ~ ~* !~ !~*'.split(' '));

/** Loads the parser; once is enough. */
export const loadParser = loadModule;

/** The value of a subquery, as `parse` writes it so that the parser takes it. */
const SUBPLAN = /^\*(?:SubPlan|InitPlan) \d+\*$/;

const parsed = new Map<string, Node | null>();

/** The expression as the parser has it; null for what is no SQL, such as PostgreSQL's names for parts of plans. */
export function parseOutput(text: string): Node | null {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const node = parse(text);
  parsed.set(text, node);
  return node;
}

function parse(text: string): Node | null {
  const sql = text
    .replace(/\((?:rescan )?((?:SubPlan|InitPlan) \d+)\)(?:\.col1)?/g, '("*$1*")')
    .replaceAll('OVER (?)', 'OVER ()');
  try {
    const statement = parseSync(`SELECT ${sql}`).stmts?.[0]?.stmt;
    if (!statement || !('SelectStmt' in statement)) return null;
    const target = statement.SelectStmt.targetList?.[0];
    return target && 'ResTarget' in target ? (target.ResTarget.val ?? null) : null;
  } catch {
    return null;
  }
}

/**
 * The alias and name of a column, null for any other expression. The alias is '' where EXPLAIN leaves it away: in a plan
 * with a single source.
 */
export function columnReference(
  node: Node | null | undefined,
): [alias: string, name: string] | null {
  if (!node || !('ColumnRef' in node)) return null;
  const names = (node.ColumnRef.fields ?? []).map((field) =>
    'String' in field ? (field.String.sval ?? '') : '*',
  );
  const [first, second] = names;
  if (first === undefined || names.length > 2 || SUBPLAN.test(first)) return null;
  return second === undefined ? ['', first] : [first, second];
}

const keys = new WeakMap<Node, string>();

/** Equal for expressions that say the same. */
export function expressionKey(node: Node): string {
  const known = keys.get(node);
  if (known !== undefined) return known;
  const key = JSON.stringify(node, (name, value: unknown) =>
    /location|list_start|list_end/.test(name) ? undefined : value,
  );
  keys.set(node, key);
  return key;
}

/** Judges an expression: where it is computed, by what it is made of. */
export function judgeExpression(node: Node | null | undefined, scope: ExpressionScope): Verdict {
  if (!node) return unknown;
  if ('ColumnRef' in node) return judgeReference(node, scope);
  const below = scope.below(node);
  if (below === undefined) return judgeComputed(node, scope);
  // A constant may stand here and, for another column, below.
  return below.null === 'maybe' && isConstant(node) ? unknown : below;
}

function isConstant(node: Node): boolean {
  const inner = 'TypeCast' in node ? node.TypeCast.arg : node;
  return inner !== undefined && 'A_Const' in inner;
}

function judgeComputed(node: Node, scope: ExpressionScope): Verdict {
  const judge = (child: Node | null | undefined): Verdict => judgeExpression(child, scope);
  const all = (children: readonly Node[] | undefined): Verdict[] => (children ?? []).map(judge);
  if ('TypeCast' in node) return judge(node.TypeCast.arg);
  if ('CollateClause' in node) return judge(node.CollateClause.arg);
  if ('A_Const' in node) {
    return node.A_Const.isnull ? maybe('it is NULL') : never('it is a constant');
  }
  if ('CoalesceExpr' in node) {
    const parts = all(node.CoalesceExpr.args);
    if (parts.some((part) => part.null === 'never')) return never('COALESCE ends in a value');
    return parts.every((part) => part.null === 'maybe')
      ? maybe('all that COALESCE has may be NULL')
      : unknown;
  }
  if ('MinMaxExpr' in node) {
    const parts = all(node.MinMaxExpr.args);
    return parts.find((part) => part.null === 'never') ?? unknown;
  }
  if ('CaseExpr' in node) {
    const { args = [], defresult } = node.CaseExpr;
    if (!defresult) return maybe('a CASE without ELSE gives NULL');
    const results = args.map((when) => ('CaseWhen' in when ? when.CaseWhen.result : undefined));
    return strictOf([...results, defresult].map(judge), 'every branch of the CASE has a value');
  }
  if ('BoolExpr' in node) {
    const parts = all(node.BoolExpr.args);
    return parts.every((part) => part.null === 'never')
      ? never('all conditions have one')
      : unknown;
  }
  if ('NullTest' in node || 'BooleanTest' in node) return never('it is a test');
  if ('SQLValueFunction' in node) return never('it always has a value');
  if ('RowExpr' in node || 'A_ArrayExpr' in node) return never('it is built here');
  if ('SubLink' in node) {
    return node.SubLink.subLinkType === 'EXISTS_SUBLINK' ? never('it is EXISTS') : unknown;
  }
  if ('A_Expr' in node) {
    const { kind, name = [], lexpr, rexpr } = node.A_Expr;
    if (kind === 'AEXPR_DISTINCT' || kind === 'AEXPR_NOT_DISTINCT') return never('it is a test');
    const [operator] = name.map((part) => ('String' in part ? (part.String.sval ?? '') : ''));
    if (!/^AEXPR_(OP|LIKE|ILIKE)$/.test(kind ?? '') || !OPERATORS.has(operator ?? ''))
      return unknown;
    const operands = lexpr ? [lexpr, rexpr] : [rexpr];
    return strictOf(operands.map(judge), 'both sides have a value');
  }
  if ('FuncCall' in node) {
    const { funcname = [], args = [], over, agg_filter } = node.FuncCall;
    const last = funcname.at(-1);
    const name = last && 'String' in last ? (last.String.sval ?? '') : '';
    if (ALWAYS.has(name)) return never(`${name}() always has a value`);
    if (STRICT.has(name)) return strictOf(args.map(judge), `${name}() of values has a value`);
    if (!AGGREGATES.has(name) || over) return unknown;
    if (!scope.isGrouped) return maybe(`${name}() of no rows is NULL`);
    if (agg_filter) return maybe(`${name}() of a group whose rows are all filtered out is NULL`);
    if (name.endsWith('array_agg') || name.endsWith('json_agg') || name === 'jsonb_agg') {
      return never(`${name}() of a group always has a value`);
    }
    return strictOf(args.slice(0, 1).map(judge), `${name}() of a group of values has a value`);
  }
  return unknown;
}

function judgeReference(node: Node, scope: ExpressionScope): Verdict {
  const reference = columnReference(node);
  if (reference) return scope.column(...reference);
  const field = 'ColumnRef' in node ? node.ColumnRef.fields?.[0] : undefined;
  const name = field && 'String' in field ? (field.String.sval ?? '') : '';
  return SUBPLAN.test(name) ? scope.subplan(name.slice(1, -1)) : unknown;
}
