import pg from 'pg';
import type { Query } from '../query/define-query.ts';
import { checkColumns } from './check-columns.ts';
import { checkParameters } from './check-parameters.ts';
import { describe, type StatementDescription } from './describe.ts';
import { explainGeneric, nodesOf, type PlanNode } from './explain.ts';
import type { Finding } from './finding.ts';
import { judgeColumns } from './plan-nullability.ts';
import { sampledStatements } from './samples.ts';
import type { ServerCatalog } from './server-catalog.ts';

type Problem = Pick<Finding, 'kind' | 'subject' | 'message'>;

/** What one query came to. */
export interface CheckedQuery {
  readonly statementCount: number;
  readonly problems: readonly Problem[];
}

/** Compares one query with the database: each of its texts once, and the parameters of each of its samples. */
export async function checkQuery(
  client: pg.Client,
  catalog: ServerCatalog,
  query: Query,
): Promise<CheckedQuery> {
  const described = new Map<string, Described>();
  const problems: Problem[] = [];
  for (const sampled of sampledStatements(query)) {
    if ('refusal' in sampled) {
      const message = `A sample is refused: ${sampled.refusal.message} Mend the sample.`;
      problems.push({ kind: 'sample-refused', subject: null, message });
      continue;
    }
    const { text, values } = sampled.statement;
    const known = described.get(text) ?? (await checkText(client, catalog, query, text));
    described.set(text, known);
    if (known.description) {
      problems.push(...checkParameters(query, sampled.sample, values, known.description, catalog));
    }
  }
  const texts = [...described.values()].map((text) => text.problems);
  problems.push(...texts.flat().filter((problem) => countsForAll(problem, texts)));
  return { statementCount: described.size, problems: distinct(problems) };
}

/** The rows of a query are those of all its texts: nullable is too much only where none of them gives NULL. */
function countsForAll({ kind, subject }: Problem, texts: readonly (readonly Problem[])[]): boolean {
  return (
    kind !== 'superfluous-nullable' ||
    texts.every((found) => found.some((same) => same.kind === kind && same.subject === subject))
  );
}

function distinct(problems: readonly Problem[]): Problem[] {
  const byPlace = new Map(
    problems.toReversed().map((problem) => {
      const { kind, subject, message } = problem;
      return [JSON.stringify([kind, subject ?? message]), problem];
    }),
  );
  return [...byPlace.values()].toReversed();
}

interface Described {
  /** Null for a text that the server refuses. */
  readonly description: StatementDescription | null;
  readonly problems: readonly Problem[];
}

async function checkText(
  client: pg.Client,
  catalog: ServerCatalog,
  query: Query,
  text: string,
): Promise<Described> {
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
    return { description, problems };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    problems.push({ kind: 'statement-refused', subject: null, message: refusal(error, text) });
    return { description: null, problems };
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
