import {
  type AstNode,
  callOf,
  columnOf,
  constantOf,
  isNode,
  isNow,
  listOf,
  operatorOf,
  parsedExpression,
  stripCasts,
} from './ast.ts';
import type { ColumnBound, Facts, FactsByColumn } from './facts.ts';
import { mergeAll } from './facts.ts';

/** What the text of a boolean expression says; nothing where this package's parser does not know it. */
export async function factsOfExpression(expression: string): Promise<FactsByColumn> {
  const node = await parsedExpression(expression);
  return node ? factsOf(node) : none;
}

const none: FactsByColumn = new Map();
const flipped: Readonly<Record<string, string>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
  '<>': '<>',
};

/**
 * What a boolean expression says about single columns. Shapes it does not know say nothing: the server judges
 * every row anyway, so that a fact only has to make success likely.
 */
function factsOf(node: AstNode): FactsByColumn {
  const { BoolExpr: bool, NullTest: nullTest } = node;
  if (isNode(bool)) return boolFacts(bool);
  if (isNode(nullTest)) {
    const column = columnOf(nullTest.arg);
    if (column === undefined) return none;
    return one(
      column,
      nullTest.nulltesttype === 'IS_NOT_NULL' ? { notNull: true } : { isNull: true },
    );
  }
  if (isNode(node.A_Expr)) return comparisonFacts(node.A_Expr);
  const flag = columnOf(node);
  return flag === undefined ? none : one(flag, { choices: ['true'] });
}

const one = (column: string, facts: Facts): FactsByColumn => new Map([[column, facts]]);

function boolFacts(bool: AstNode): FactsByColumn {
  const parts = listOf(bool.args);
  if (bool.boolop === 'AND_EXPR') return mergeAll(parts.map(factsOf));
  if (bool.boolop === 'OR_EXPR') return branchFacts(parts.map(factsOf));
  const negated = columnOf(parts[0]);
  return negated === undefined ? none : one(negated, { choices: ['false'] });
}

/** Of an OR it is enough to fulfil one branch: alternatives for one column are joined, else the richest is taken. */
function branchFacts(branches: readonly FactsByColumn[]): FactsByColumn {
  const columns = new Set(branches.flatMap((branch) => [...branch.keys()]));
  const choices = branches.map((branch) => [...branch.values()].map((facts) => facts.choices));
  const [column] = columns;
  if (
    column !== undefined &&
    columns.size === 1 &&
    choices.every((list) => list.length === 1 && list[0])
  ) {
    return one(column, { choices: choices.flatMap((list) => list[0] ?? []) });
  }
  const useful = branches.filter(
    (branch) => branch.size > 0 && ![...branch.values()].every((facts) => facts.isNull),
  );
  return useful.sort((a, b) => b.size - a.size)[0] ?? none;
}

function comparisonFacts(expression: AstNode): FactsByColumn {
  const operator = operatorOf(expression);
  const left = stripCasts(expression.lexpr);
  const right = stripCasts(expression.rexpr);
  if (expression.kind === 'AEXPR_OP_ANY' || expression.kind === 'AEXPR_IN') {
    const column = columnOf(left);
    const values = arrayConstants(expression.kind === 'AEXPR_IN' ? expression.rexpr : right);
    return column !== undefined && operator === '=' && values
      ? one(column, { choices: values })
      : none;
  }
  if (expression.kind !== 'AEXPR_OP' && expression.kind !== 'AEXPR_LIKE') return none;
  return (
    sidedFacts(left, operator, right) ?? sidedFacts(right, flipped[operator] ?? '', left) ?? none
  );
}

function arrayConstants(node: unknown): readonly string[] | undefined {
  const array =
    isNode(node) && isNode(node.A_ArrayExpr)
      ? node.A_ArrayExpr.elements
      : isNode(node)
        ? listItems(node)
        : node;
  const values = listOf(array).map((element) => constantOf(element));
  if (values.length > 0) return values.every((value) => value !== undefined) ? values : undefined;
  // A plain array literal, '{a,b}'.
  const literal = constantOf(node);
  const items = literal === undefined ? undefined : /^\{([\w\s.,-]+)\}$/.exec(literal)?.[1];
  return items?.split(',');
}

const listItems = (node: AstNode): unknown => (isNode(node.List) ? node.List.items : undefined);

function sidedFacts(left: unknown, operator: string, right: unknown): FactsByColumn | undefined {
  const length = callOf(left);
  if (
    length &&
    ['length', 'char_length', 'character_length', 'octet_length'].includes(length.name)
  ) {
    const column = columnOf(length.argument);
    const size = Number(constantOf(right));
    return column === undefined || !Number.isInteger(size)
      ? undefined
      : lengthFacts(column, operator, size);
  }
  // btrim(x) <> '' and lower(x) = … are as true of the plain column as it takes to draw a value.
  const column = columnOf(
    length && ['btrim', 'trim', 'ltrim', 'rtrim'].includes(length.name) ? length.argument : left,
  );
  if (column === undefined) return undefined;
  const other = columnOf(right);
  if (other !== undefined) return columnFacts(column, operator, other);
  if (isNow(right)) return boundFacts(column, operator, { now: true });
  const value = constantOf(right);
  return value === undefined ? undefined : constantFacts(column, operator, value);
}

function lengthFacts(column: string, operator: string, size: number): FactsByColumn | undefined {
  switch (operator) {
    case '=':
      return one(column, { minLength: size, maxLength: size });
    case '<=':
      return one(column, { maxLength: size });
    case '<':
      return one(column, { maxLength: size - 1 });
    case '>=':
      return one(column, { minLength: size });
    case '>':
      return one(column, { minLength: size + 1 });
    default:
      return undefined;
  }
}

function columnFacts(column: string, operator: string, other: string): FactsByColumn | undefined {
  const bound: readonly ColumnBound[] = [{ column: other, inclusive: operator.endsWith('=') }];
  const mirrored: readonly ColumnBound[] = [{ column, inclusive: operator.endsWith('=') }];
  if (operator.startsWith('>'))
    return new Map([
      [column, { above: bound }],
      [other, { below: mirrored }],
    ]);
  if (operator === '<' || operator === '<=') {
    return new Map([
      [column, { below: bound }],
      [other, { above: mirrored }],
    ]);
  }
  return undefined;
}

function boundFacts(
  column: string,
  operator: string,
  value: string | { now: true },
): FactsByColumn | undefined {
  if (operator === '>' || operator === '>=')
    return one(column, { lower: [{ value, inclusive: operator === '>=' }] });
  if (operator === '<' || operator === '<=')
    return one(column, { upper: [{ value, inclusive: operator === '<=' }] });
  return undefined;
}

function constantFacts(column: string, operator: string, value: string): FactsByColumn | undefined {
  switch (operator) {
    case '=':
      return one(column, { choices: [value] });
    case '<>':
      return one(column, { refused: [value] });
    case '~':
    case '~*':
      return one(column, { patterns: [value] });
    case '~~':
    case '~~*':
      return one(column, { likes: [value] });
    default:
      return boundFacts(column, operator, value);
  }
}
