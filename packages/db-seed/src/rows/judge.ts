import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import type { ClientBase } from 'pg';
import type { CheckPlan, ColumnPlan, TablePlan, UniquePlan } from '../plan/table-plan.ts';
import type { DrawnRow } from './draw-row.ts';

/** What the server said about one candidate. */
export interface Verdict {
  /** Labels of the CHECKs that are false for it. */
  readonly refusedBy: readonly string[];
  /** Its key in each unique index; null where the index does not cover it. */
  readonly keys: readonly (readonly (string | null)[] | null)[];
}

/** The text that stands for a key; undefined where the index lets several such rows in. */
export function keyText(
  unique: UniquePlan | undefined,
  key: readonly (string | null)[] | null | undefined,
): string | undefined {
  if (!key || (key.includes(null) && !unique?.nullsNotDistinct)) return undefined;
  return JSON.stringify(key);
}

/** Asks the server, without writing anything, whether candidate rows would pass. */
export interface Judge {
  verdicts(rows: readonly DrawnRow[]): Promise<readonly Verdict[]>;
  /** The keys that rows of the table have already, by unique index. */
  takenKeys(): Promise<readonly ReadonlySet<string>[]>;
  /** Pairs of rows, by index, that an exclusion constraint keeps apart. */
  conflicts(rows: readonly DrawnRow[]): Promise<readonly (readonly [number, number])[]>;
}

// No table column can hide it: every column of the table stands beside it under its own name.
const candidate = '"tothub candidate number"';

/**
 * Makes the judge of a table. CHECKs, domains, expression keys, predicates and exclusions are evaluated by the
 * server itself over the candidates, so that they mean here exactly what they mean in an INSERT.
 *
 * @example
 * ```sql
 * SELECT ARRAY[(price > 0) IS NOT FALSE], CASE WHEN deleted_at IS NULL THEN ARRAY[(lower(email))::text] END
 * FROM (SELECT …, CAST(u.v0 AS numeric(8,2)) AS price FROM unnest($1::text[], …) AS u(v0, …)) AS product
 * ```
 */
export function createJudge(session: ClientBase, plan: TablePlan): Judge {
  const drawn = plan.columns.filter(
    (column) => column.source === 'drawn' || column.source === 'sequence',
  );
  const uniques = plan.uniques.filter((unique) => unique.columns === undefined);
  const source = candidates(plan, drawn);
  const parameters = (rows: readonly DrawnRow[]): unknown[] => [
    rows.map((_, number) => number),
    ...drawn.map((column) => rows.map((row) => row.get(column.name) ?? null)),
  ];
  const ask = async (
    rows: readonly DrawnRow[],
    checks: readonly CheckPlan[],
    keys: readonly UniquePlan[],
  ): Promise<readonly { passed: boolean[]; keys: (string | null)[][] }[]> => {
    const { rows: answers } = await session.query({
      text: `SELECT ARRAY[${checks.map(checkSql).join(', ')}]::boolean[]${keys.map((key) => `, ${keySql(plan, key)}`).join('')}
FROM ${source} ORDER BY ${candidate}`,
      values: parameters(rows),
      rowMode: 'array',
    });
    return answers.map(([passed, ...rest]) => ({ passed, keys: rest }));
  };

  let checks = plan.checks;
  let asked: readonly UniquePlan[] = uniques;
  /** Leaves out what the server cannot evaluate here (a whole-row function, say), so that the rest still counts. */
  const narrow = async (): Promise<void> => {
    const works = (some: readonly CheckPlan[], keys: readonly UniquePlan[]): Promise<boolean> =>
      attempted(session, () => ask([], some, keys));
    checks = await filtered(checks, (check) => works([check], []));
    asked = await filtered(asked, (unique) => works([], [unique]));
  };

  return {
    async verdicts(rows) {
      const local = rows.map((row) =>
        plan.uniques.map((unique) => (unique.columns ? localKey(plan, unique.columns, row) : null)),
      );
      if (checks.length + asked.length === 0) {
        return local.map((keys) => ({ refusedBy: [], keys }));
      }
      let answers: Awaited<ReturnType<typeof ask>> = [];
      const answered = (): Promise<boolean> =>
        attempted(session, async () => {
          answers = await ask(rows, checks, asked);
        });
      let isAnswered = await answered();
      if (!isAnswered) {
        await narrow();
        isAnswered = await answered();
      }
      // An expression that fails on these very values leaves the judgement to the INSERT.
      if (!isAnswered) return local.map((keys) => ({ refusedBy: [], keys }));
      return rows.map((_, at) => ({
        refusedBy: checks
          .filter((_, number) => answers[at]?.passed[number] === false)
          .map((check) => check.label),
        keys: plan.uniques.map((unique, number) =>
          unique.columns
            ? (local[at]?.[number] ?? null)
            : (answers[at]?.keys[asked.indexOf(unique)] ?? null),
        ),
      }));
    },
    async takenKeys() {
      const keys = plan.uniques.map(() => new Set<string>());
      for (const [at, unique] of plan.uniques.entries()) {
        await attempted(session, async () => {
          const { rows } = await session.query<{ key: (string | null)[] }>(
            `SELECT ${keySql(plan, unique)} AS key FROM ${qualifiedName(plan.relation)} WHERE ${unique.predicate ?? 'true'} LIMIT 100000`,
          );
          for (const { key } of rows) {
            const text = keyText(unique, key);
            if (text !== undefined) keys[at]?.add(text);
          }
        });
      }
      return keys;
    },
    async conflicts(rows) {
      const found: (readonly [number, number])[] = [];
      for (const exclusion of plan.exclusions) {
        const side = `(SELECT ${candidate} AS number, ${exclusion.parts.map((part, at) => `(${part.expression}) AS p${at}`).join(', ')} FROM ${source} WHERE ${covered(plan, exclusion.predicate)})`;
        await attempted(session, async () => {
          const { rows: pairs } = await session.query({
            text: `WITH side AS MATERIALIZED ${side} SELECT a.number, b.number FROM side AS a JOIN side AS b ON a.number < b.number AND ${exclusion.parts.map((part, at) => `a.p${at} ${part.operator} b.p${at}`).join(' AND ')}`,
            values: parameters(rows),
            rowMode: 'array',
          });
          for (const [a, b] of pairs) found.push([a, b]);
        });
      }
      return found;
    },
  };
}

/** The rows as the table would hold them: under its name, with constant defaults and generated columns. */
function candidates(plan: TablePlan, drawn: readonly ColumnPlan[]): string {
  const alias = quoteIdent(plan.relation.name);
  const columns = plan.columns.map((column) => {
    const at = drawn.indexOf(column);
    const value =
      at >= 0 ? `u.v${at}` : column.source === 'default' ? `(${column.default})` : 'NULL';
    const collate = column.collation === null ? '' : ` COLLATE ${column.collation}`;
    return `CAST(${value} AS ${column.sqlType})${collate} AS ${quoteIdent(column.name)}`;
  });
  const lists = ['$1::int[]', ...drawn.map((_, at) => `$${at + 2}::text[]`)];
  const names = ['number', ...drawn.map((_, at) => `v${at}`)];
  const plain = `(SELECT ${[`u.number AS ${candidate}`, ...columns].join(', ')} FROM unnest(${lists.join(', ')}) AS u(${names.join(', ')})) AS ${alias}`;
  const generated = plan.relation.columns.filter((column) => column.generated !== null);
  if (generated.length === 0) return plain;
  const computed = generated.map((column) => `(${column.default}) AS ${quoteIdent(column.name)}`);
  return `(SELECT ${alias}.*, ${computed.join(', ')} FROM ${plain}) AS ${alias}`;
}

const checkSql = (check: CheckPlan): string =>
  check.domainColumn === undefined
    ? `(${check.expression}) IS NOT FALSE`
    : `(SELECT (${check.expression}) IS NOT FALSE FROM (SELECT ${quoteIdent(check.domainColumn)} AS value) AS domain_value)`;

const keySql = (plan: TablePlan, unique: UniquePlan): string =>
  `CASE WHEN ${covered(plan, unique.predicate)} THEN ARRAY[${unique.expressions.map((expression) => `(${expression})::text`).join(', ')}] END`;

/** Whether an index covers a row; where that hangs on what only the insert will tell, it counts as covered. */
function covered(plan: TablePlan, predicate: string | null): string {
  if (predicate === null) return 'true';
  const isOpen = plan.columns.some(
    (column) => column.source === 'server' && predicate.includes(quoteIdent(column.name)),
  );
  return isOpen ? `(${predicate}) IS NOT FALSE` : predicate;
}

/** A key as a unique index compares it, as far as text can tell; null when only the server will know it. */
function localKey(
  plan: TablePlan,
  names: readonly string[],
  row: DrawnRow,
): readonly (string | null)[] | null {
  const columns = names.flatMap(
    (name) => plan.columns.find((column) => column.name === name) ?? [],
  );
  // A generated column, or one that a sequence or a function fills.
  if (columns.length < names.length || columns.some((column) => column.source === 'server'))
    return null;
  return columns.map((column) => {
    const value = column.source === 'default' ? column.default : (row.get(column.name) ?? null);
    const ignoresCase = column.type.kind === 'text' && column.type.ignoresCase;
    return ignoresCase && value !== null ? value.toLowerCase() : value;
  });
}

/** Runs a query that may fail without ending the transaction. */
async function attempted(session: ClientBase, run: () => Promise<unknown>): Promise<boolean> {
  await session.query('SAVEPOINT tothub_judge');
  try {
    await run();
    await session.query('RELEASE SAVEPOINT tothub_judge');
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT tothub_judge');
    return false;
  }
}

async function filtered<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of items) if (await keep(item)) kept.push(item);
  return kept;
}
