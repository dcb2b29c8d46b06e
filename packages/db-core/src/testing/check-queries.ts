import pg from 'pg';
import type { Query } from '../query/define-query.ts';
import type { Statement } from '../query/statement.ts';
import { checkColumns } from './check-columns.ts';
import { checkParameters } from './check-parameters.ts';
import { collectQueries, type PlacedQuery, type QueryModules } from './collect-queries.ts';
import { describe } from './describe.ts';
import { applyExceptions, type Exception } from './exceptions.ts';
import { explainGeneric, nodesOf, PLAN_SETTINGS, type PlanNode } from './explain.ts';
import { loadParser } from './expression-nullability.ts';
import type { Finding } from './finding.ts';
import { judgeColumns } from './plan-nullability.ts';
import { readServerCatalog, type ServerCatalog } from './server-catalog.ts';

/** What to check, and against which database. */
export interface CheckOptions {
  /** URL of a database with the schema that the queries are for; its rows do not matter. */
  readonly connectionString: string;
  /** Modules by their files, as `import.meta.glob('./queries/**', { eager: true })` of Vite gives them. */
  readonly modules: QueryModules;
  /** What relative paths in `modules` are relative to: `import.meta.url`. @default the working directory */
  readonly base?: string;
  /** What stands on purpose. An exception that is not needed is a finding. @default none */
  readonly exceptions?: readonly Exception[];
}

/** What was checked and found. */
export interface CheckResult {
  readonly queryCount: number;
  /** Different texts that the samples of the queries led to. */
  readonly statementCount: number;
  /** In the order of the queries; empty when all is well. */
  readonly findings: readonly Finding[];
}

/**
 * Compares queries with the database: names, columns, their types and whether they may be NULL, and the types of the
 * parameters. Every sample of every query is parsed, described and planned by the server; nothing is executed.
 *
 * @example
 * const { findings } = await checkQueries({ connectionString, modules, base: import.meta.url });
 * expect(findings.map(formatFinding)).toEqual([]);
 * // Parse and Describe of each statement, then PREPARE checked AS …; EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE checked(NULL)
 */
export async function checkQueries(options: CheckOptions): Promise<CheckResult> {
  const { queries, findings: ofNames } = await collectQueries(options.modules, options.base);
  await loadParser();
  const client = new pg.Client({ connectionString: options.connectionString });
  await client.connect();
  try {
    await client.query(PLAN_SETTINGS);
    const catalog = await readServerCatalog(client);
    const findings = [...ofNames];
    let statementCount = 0;
    for (const placed of queries) {
      const checked = await checkQuery(client, catalog, placed);
      statementCount += checked.statementCount;
      findings.push(...checked.findings);
    }
    return {
      queryCount: queries.length,
      statementCount,
      findings: applyExceptions(findings, options.exceptions ?? [], options.base ?? ''),
    };
  } finally {
    await client.end();
  }
}

async function checkQuery(
  client: pg.Client,
  catalog: ServerCatalog,
  { query, place }: PlacedQuery,
): Promise<Omit<CheckResult, 'queryCount'>> {
  const { name, samples } = query.definition;
  const texts = new Set<string>();
  const problems: Problem[] = [];
  for (const sample of samples) {
    const statement = statementOf(query, sample);
    if (statement instanceof Error) {
      const message = `A sample is refused: ${statement.message} Mend the sample.`;
      problems.push({ kind: 'sample-refused', subject: null, message });
    } else if (!texts.has(statement.text)) {
      texts.add(statement.text);
      problems.push(...(await checkStatement(client, catalog, query, sample, statement)));
    }
  }
  // The rows of a query are those of all its texts: nullable is too much only where none of them gives NULL.
  const counts = Map.groupBy(problems, (problem) => JSON.stringify(problem));
  const findings = [...counts.values()]
    .filter(([first, ...others]) => {
      return first?.kind !== 'superfluous-nullable' || others.length + 1 === texts.size;
    })
    .flatMap(([first]) => (first ? [{ ...first, query: name, place }] : []));
  return { statementCount: texts.size, findings };
}

type Problem = Pick<Finding, 'kind' | 'subject' | 'message'>;

async function checkStatement(
  client: pg.Client,
  catalog: ServerCatalog,
  query: Query,
  sample: unknown,
  { text, values }: Statement,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  try {
    const description = await describe(client, text);
    const plan = await explainGeneric(client, text, description.parameters.length);
    const { access, row } = query.definition;
    if (access === 'read' && plan && changesRows(plan)) {
      const message = "It changes or locks rows. Declare it access: 'write'.";
      problems.push({ kind: 'read-that-writes', subject: null, message });
    }
    if (row) {
      const verdicts = plan ? judgeColumns(plan, description.columns, catalog) : [];
      problems.push(...checkColumns(row, description.columns, verdicts, catalog));
    }
    problems.push(...checkParameters(query, sample, values, description, catalog));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    problems.push({ kind: 'statement-refused', subject: null, message: refusal(error, text) });
  }
  return problems;
}

function statementOf(query: Query, sample: unknown): Statement | Error {
  try {
    return query.statement(sample);
  } catch (error) {
    return error as Error;
  }
}

function changesRows(plan: PlanNode): boolean {
  return [...nodesOf(plan)].some((node) => ['ModifyTable', 'LockRows'].includes(node['Node Type']));
}

/** The server's words, with the place in the statement it means. */
function refusal({ code, message, hint, position }: pg.DatabaseError, text: string): string {
  const before = position === undefined ? '' : text.slice(0, Number(position) - 1);
  const line = before.split('\n').length;
  const near =
    position === undefined
      ? ''
      : ` at "${text.slice(Number(position) - 1).split(/\s/, 1)[0]}", line ${line} of the statement`;
  return `The server refuses it (${code}): ${message}${near}. ${hint ?? 'Mend the statement.'}`;
}
