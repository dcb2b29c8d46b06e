import type { Client } from 'pg';

/** A node of a plan, as `EXPLAIN (VERBOSE, FORMAT JSON)` prints it. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'Join Type'?: string;
  readonly Alias?: string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Group Key'?: readonly string[];
  readonly 'Grouping Sets'?: unknown;
  readonly Strategy?: string;
  readonly Operation?: string;
  readonly Output?: readonly string[];
  readonly Filter?: string;
  readonly 'Index Cond'?: string;
  readonly 'Recheck Cond'?: string;
  readonly 'Hash Cond'?: string;
  readonly 'Merge Cond'?: string;
  readonly 'Join Filter'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** What a plan may be made for: the rest is sent as it is and has none. */
const PLANNED =
  /^(?:[\s(]|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES|WITH|TABLE)\b/i;

/**
 * The plan that serves every value of the parameters; null for a statement that has none, such as LOCK.
 * PostgreSQL manual, PREPARE, on generic plans.
 */
export async function explainGeneric(
  client: Client,
  text: string,
  parameterCount: number,
): Promise<PlanNode | null> {
  if (!PLANNED.test(text)) return null;
  const nulls = Array.from({ length: parameterCount }, () => 'NULL').join(', ');
  await client.query(`PREPARE checked AS ${text}`);
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE checked${nulls && `(${nulls})`}`,
    );
    return rows[0]?.['QUERY PLAN'][0].Plan ?? null;
  } finally {
    await client.query('DEALLOCATE checked');
  }
}

/** Settings under which plans say most: one process, one plan for all values. */
export const PLAN_SETTINGS =
  'SET plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 0; SET jit = off';

/** A node and all below it, what belongs to other queries (InitPlans, SubPlans) included. */
export function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.Plans ?? []) yield* nodesOf(child);
}
