import pg from 'pg';
import { checkQuery } from './check-query.ts';
import { collectQueries, type QueryModules } from './collect-queries.ts';
import { applyExceptions, type Exception } from './exceptions.ts';
import { PLAN_SETTINGS } from './explain.ts';
import { loadParser } from './expression-nullability.ts';
import type { Finding } from './finding.ts';
import { readServerCatalog } from './server-catalog.ts';

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
    for (const { query, place } of queries) {
      const checked = await checkQuery(client, catalog, query);
      statementCount += checked.statementCount;
      const { name } = query.definition;
      findings.push(...checked.problems.map((problem) => ({ ...problem, query: name, place })));
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
