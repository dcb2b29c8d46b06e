import { type Catalog, type Queryable, qualifiedName, type Relation } from '@tothub/db-catalog';
import { parseStatements } from '@tothub/db-catalog/sql';
import type { CheckPlan } from '../plan/table-plan.ts';
import { type AstNode, columnOf, constantOf, findField, isNode, listOf } from './ast.ts';
import { type Facts, type FactsByColumn, mergeAll } from './facts.ts';

/**
 * What the leaf partitions of a table take, one entry a leaf; empty when the table takes every row. A text is
 * the reason why no row can be drawn on purpose.
 * https://www.postgresql.org/docs/current/ddl-partitioning.html
 */
export async function partitionFacts(
  catalog: Catalog,
  relation: Relation,
): Promise<readonly FactsByColumn[] | string> {
  if (relation.kind !== 'partitioned table') return [];
  const children = catalog.relations.filter(
    (one) => one.partitionOf?.schema === relation.schema && one.partitionOf.name === relation.name,
  );
  if (children.length === 0) return 'it is partitioned and has no partition yet';
  const leaves: FactsByColumn[] = [];
  for (const child of children) {
    const bound = await boundFacts(
      relation.partitionKey ?? '',
      child.partitionOf?.bound ?? 'DEFAULT',
    );
    const below = await partitionFacts(catalog, child);
    if (bound === undefined || typeof below === 'string') continue;
    if (below.length === 0) leaves.push(bound);
    else leaves.push(...below.map((facts) => mergeAll([bound, facts])));
  }
  if (leaves.length === 0) {
    return `the partitions of its key ${relation.partitionKey} have bounds from which no value can be derived`;
  }
  // A leaf that says nothing (hash, or a default partition beside none) may be hit by any row.
  const bounded = leaves.filter((leaf) => leaf.size > 0);
  return bounded.length > 0 ? bounded : [];
}

/** Facts of one bound; empty for DEFAULT and hash; undefined when it cannot be derived. */
async function boundFacts(key: string, bound: string): Promise<FactsByColumn | undefined> {
  if (bound === 'DEFAULT' || key.startsWith('HASH')) return new Map();
  const [table] = await parseStatements(`CREATE TABLE t () PARTITION BY ${key}`);
  const columns = listOf(findField(table?.tree, 'partParams')).map((part) =>
    isNode(part.PartitionElem) ? part.PartitionElem.name : undefined,
  );
  const [first] = columns;
  if (typeof first !== 'string') return undefined;
  const [partition] = await parseStatements(`CREATE TABLE p PARTITION OF t ${bound}`);
  const spec = findField(partition?.tree, 'partbound');
  if (!isNode(spec)) return undefined;
  if (spec.strategy === 'l') {
    const values = listOf(spec.listdatums).map(constantOf);
    const choices = values.filter((value) => value !== undefined);
    return new Map([[first, choices.length > 0 ? { choices } : { isNull: true }]]);
  }
  // With several columns, a value strictly between the first ones leaves the others free.
  const isSingle = columns.length === 1;
  const lower = edge(listOf(spec.lowerdatums)[0]);
  const upper = edge(listOf(spec.upperdatums)[0]);
  const facts: Facts = {
    notNull: true,
    ...(lower === undefined ? {} : { lower: [{ value: lower, inclusive: isSingle }] }),
    ...(upper === undefined ? {} : { upper: [{ value: upper, inclusive: false }] }),
  };
  return new Map([[first, facts]]);
}

/** The constant of a range bound; undefined for MINVALUE and MAXVALUE. */
const edge = (node: AstNode | undefined): string | undefined =>
  node === undefined || columnOf(node) !== undefined ? undefined : constantOf(node);

/**
 * The bounds of all leaf partitions as one CHECK, so that the server can judge a row before it is written.
 * Undefined for a table that is not partitioned, or takes every row.
 *
 * @example
 * ```sql
 * SELECT pg_get_partition_constraintdef(relid) AS bound FROM pg_partition_tree($1::regclass) WHERE isleaf
 * ```
 */
export async function readPartitionCheck(
  session: Queryable,
  relation: Relation,
): Promise<CheckPlan | undefined> {
  if (relation.kind !== 'partitioned table') return undefined;
  const { rows }: { rows: { bound: string | null }[] } = await session.query(
    'SELECT pg_get_partition_constraintdef(relid) AS bound FROM pg_partition_tree($1::regclass) WHERE isleaf',
    [qualifiedName(relation)],
  );
  if (rows.length === 0 || rows.some(({ bound }) => bound === null)) return undefined;
  return {
    label: 'the bounds of its partitions',
    expression: rows.map(({ bound }) => `(${bound})`).join(' OR '),
    columns: [],
  };
}
