/** Whether hashes fit where they are to go: the column's type and length, its domain, the table's checks. */
import { quoteIdent } from '@tothub/db-catalog';
import type { TransactionalClient } from '../../session.ts';
import type { KeyedTable } from '../keyed-table.ts';
import type { ColumnObstacle } from './find-dependents.ts';

/** What is tried out: the values that columns will have, a sample hash among them. */
export type Trial = Readonly<Record<string, string | null>>;

const COLUMNS_AND_CHECKS = `
SELECT
  (SELECT json_object_agg(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS types,
  (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'sql', pg_catalog.pg_get_expr(k.conbin, k.conrelid)) ORDER BY k.conname), '[]')
   FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey && (
     SELECT array_agg(a.attnum) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = ANY ($3::text[]))) AS checks
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2`;

/** Tries a sample hash on the column that takes it, and on the checks that mention a column that is written. */
export async function findMisfits(
  db: TransactionalClient,
  table: KeyedTable,
  into: string,
  trial: Trial,
): Promise<ColumnObstacle[]> {
  const { schema, name } = table.relation;
  const { rows } = await db.query(COLUMNS_AND_CHECKS, [schema, name, Object.keys(trial)]);
  const { types, checks } = rows[0] as {
    types: Record<string, string>;
    checks: { name: string; sql: string }[];
  };
  const misfit = await typeMisfit(db, into, types[into] as string, trial[into] as string);
  if (misfit !== undefined) return [misfit];
  const obstacles: ColumnObstacle[] = [];
  for (const check of checks) {
    const obstacle = await checkMisfit(db, table, types, check, trial);
    if (obstacle !== undefined) obstacles.push(obstacle);
  }
  return obstacles;
}

/** format() shows what really will be stored: cut off by varchar(n), padded by char(n). */
async function typeMisfit(
  db: TransactionalClient,
  column: string,
  type: string,
  hash: string,
): Promise<ColumnObstacle | undefined> {
  const stored = await db
    .query(`SELECT pg_catalog.format('%s', CAST($1::text AS ${type})) AS text`, [hash])
    .then(({ rows }) => rows[0].text as string, unlessLost);
  if (stored === hash) return undefined;
  return {
    kind: 'type',
    name: column,
    message: `The column ${quoteIdent(column)} is of type ${type}, which does not hold a hash of ${hash.length} characters as it is. Make it text first, or name another target.`,
    isAcceptable: false,
  };
}

/** Rows that a check would refuse once they hold the hash; rows without a value are left out. */
async function checkMisfit(
  db: TransactionalClient,
  table: KeyedTable,
  types: Readonly<Record<string, string>>,
  check: { readonly name: string; readonly sql: string },
  trial: Trial,
): Promise<ColumnObstacle | undefined> {
  const written = Object.keys(trial);
  const columns = Object.entries(types).map(([name, type]) => {
    const position = written.indexOf(name);
    return position < 0
      ? `t.${quoteIdent(name)}`
      : `CAST($${position + 1}::text AS ${type}) AS ${quoteIdent(name)}`;
  });
  const read = `t.${quoteIdent(written[0] as string)}::text`;
  // Under the table's own name, so that a check of whole rows finds them.
  const refused = await db
    .query(
      `SELECT count(*)::int AS rows FROM (SELECT ${columns.join(', ')} FROM ${table.sql} AS t WHERE ${read} <> '') AS ${quoteIdent(table.relation.name)}
       WHERE NOT (${check.sql})`,
      Object.values(trial),
    )
    .then(({ rows }) => rows[0].rows as number, unlessLost);
  if (refused === 0) return undefined;
  const extent = refused === undefined ? 'cannot be evaluated for' : `refuses`;
  return {
    kind: 'check',
    name: check.name,
    message: `The check ${quoteIdent(check.name)} ${extent} a hash${refused === undefined ? '' : ` in ${refused} rows`}. Drop it or rewrite it first.`,
    isAcceptable: false,
  };
}

/** A refusal by a type or check is an answer; a lost connection is not. */
function unlessLost(error: unknown): undefined {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && /^(?:2[23]|42|P0|38|39)/.test(code)) return undefined;
  throw error;
}
