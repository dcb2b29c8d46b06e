import type pg from 'pg';
import { withSession } from '../../database/connect.ts';
import type { KeyQuery } from '../../project/config.ts';
import type { Check } from '../check.ts';

/** Names of the indexes in a plan, however deep. */
function indexesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(indexesIn);
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'Index Name' ? [String(value)] : indexesIn(value),
  );
}

async function isUsable(client: pg.Client, index: string): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      WHERE c.relname = $1 AND i.indisvalid AND i.indisready`,
    [index],
  );
  return rows.length > 0;
}

/** With other rows another index may be the cheaper one; then it is enough that this one is there. */
async function usesItsIndex(client: pg.Client, { sql, index }: KeyQuery): Promise<boolean> {
  const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`);
  const used = indexesIn(rows[0]['QUERY PLAN']);
  return used.includes(index) || (used.length > 0 && (await isUsable(client, index)));
}

/**
 * The questions that the application asks most can be answered by their index. Small tables are scanned whatever
 * their indexes, so sequential scans are made dear for the question (`enable_seqscan`, manual chapter "Planner
 * Method Configuration"): what is left is whether the index fits.
 */
export const keyQueriesUseIndex: Check = {
  name: 'key queries',
  run: ({ url, project }) =>
    withSession(url, async (client) => {
      const bad: string[] = [];
      await client.query('BEGIN READ ONLY');
      await client.query('SET LOCAL enable_seqscan = off');
      for (const query of project.keyQueries)
        if (!(await usesItsIndex(client, query)))
          bad.push(`${query.name} does not use ${query.index}`);
      await client.query('ROLLBACK');
      const total = project.keyQueries.length;
      return {
        status: bad.length === 0 ? 'passed' : 'failed',
        detail: `${total - bad.length} of ${total} use their index`,
        items: bad,
      };
    }),
};
