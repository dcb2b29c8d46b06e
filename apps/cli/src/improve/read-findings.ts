import { qualifiedName } from '@tothub/db-catalog';
import { withSession } from '../database/connect.ts';
import type { Project } from '../project/load-project.ts';
import type { ImproveReport } from './improve.ts';

/** What the migrations noted because no machine can decide it, counted by rule and place. */
export async function readFindings(
  url: string,
  project: Project,
): Promise<ImproveReport['findings']> {
  const table = qualifiedName(project.findings);
  return withSession(url, async (client) => {
    const { rows } = await client.query(
      `SELECT rule, concat_ws('.', table_name, column_name) AS object,
              min(message) AS message, count(*)::integer AS count
         FROM ${table}
        GROUP BY rule, table_name, column_name
        ORDER BY rule, object`,
    );
    return rows;
  });
}
