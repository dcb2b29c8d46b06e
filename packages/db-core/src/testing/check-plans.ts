import pg from 'pg';
import type { Query } from '../query/define-query.ts';
import type { CheckOptions } from './check-queries.ts';
import { collectQueries } from './collect-queries.ts';
import { applyExceptions } from './exceptions.ts';
import { explainGeneric, nodesOf, PLAN_SETTINGS, type PlanNode } from './explain.ts';
import type { Finding } from './finding.ts';
import { sampledStatements } from './samples.ts';

/** What to plan, and what counts as large. */
export interface PlanOptions extends CheckOptions {
  /**
   * A table is large from so many rows on, as ANALYZE counted them: reading all of it is then a finding.
   * @default 5000
   */
  readonly largeTableRows?: number;
}

/** What was planned and found. */
export interface PlanResult {
  readonly queryCount: number;
  /** `schema.table` of the tables that counted as large. Too few of them prove nothing. */
  readonly largeTables: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Plans every read, with each of its samples and for any value, on a database that is filled as in use and analysed,
 * and finds those that read a large table from end to end. Nothing is executed.
 *
 * @example
 * const { findings } = await checkPlans({ connectionString, modules, largeTableRows: 5000 });
 * // EXPLAIN (VERBOSE, FORMAT JSON) SELECT …      with the values of a sample
 * // PREPARE checked AS SELECT …; EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE checked(NULL)
 */
export async function checkPlans(options: PlanOptions): Promise<PlanResult> {
  const { queries } = await collectQueries(options.modules, options.base);
  const reads = queries.filter(({ query }) => query.definition.access === 'read');
  const client = new pg.Client({ connectionString: options.connectionString });
  await client.connect();
  try {
    await client.query(PLAN_SETTINGS);
    const largeTables = await readLargeTables(client, options.largeTableRows ?? 5000);
    const findings: Finding[] = [];
    for (const { query, place } of reads) {
      const scanned = new Set<string>();
      for (const plan of await plansOf(client, query)) {
        for (const table of scannedTables(plan)) {
          if (largeTables.has(table)) scanned.add(table);
        }
      }
      for (const table of scanned) {
        findings.push({
          kind: 'sequential-scan',
          query: query.definition.name,
          subject: table,
          place,
          message: `It reads all ${largeTables.get(table)} rows of ${table}. Ask for what an index has, add an index, or list it with a reason.`,
        });
      }
    }
    return {
      queryCount: reads.length,
      largeTables: [...largeTables.keys()],
      findings: applyExceptions(findings, options.exceptions ?? [], options.base ?? ''),
    };
  } finally {
    await client.end();
  }
}

async function readLargeTables(
  client: pg.Client,
  rows: number,
): Promise<ReadonlyMap<string, number>> {
  const found = await client.query<{ name: string; rows: number }>(
    `SELECT format('%s.%s', n.nspname, c.relname) AS name, c.reltuples::float8 AS rows
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.reltuples >= $1 AND n.nspname <> 'pg_catalog' ORDER BY 1`,
    [rows],
  );
  return new Map(found.rows.map((table) => [table.name, table.rows]));
}

/** A plan for the values of each sample, and one for any values of each text: the server uses both. */
async function plansOf(client: pg.Client, query: Query): Promise<PlanNode[]> {
  const plans: PlanNode[] = [];
  const texts = new Set<string>();
  for (const sampled of sampledStatements(query)) {
    if ('refusal' in sampled) continue;
    const { text, values } = sampled.statement;
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `EXPLAIN (VERBOSE, FORMAT JSON) ${text}`,
      [...values],
    );
    for (const row of rows) plans.push(row['QUERY PLAN'][0].Plan);
    if (texts.has(text)) continue;
    texts.add(text);
    const generic = await explainGeneric(client, text, values.length);
    if (generic) plans.push(generic);
  }
  return plans;
}

function scannedTables(plan: PlanNode): string[] {
  return [...nodesOf(plan)]
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .map((node) => `${node.Schema}.${node['Relation Name']}`);
}
