import { type Catalog, qualifiedName, quoteIdent } from '@tothub/db-catalog';
import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';
import { RestoreFailedError } from '../errors.ts';
import { relationKey } from '../relation-key.ts';
import type { ManifestTable } from '../storage/manifest.ts';

/**
 * Looks for rows that refer to rows which are not there. Rows restored with triggers passed over were not compared with
 * what stands in tables of which the backup holds no rows.
 *
 * @throws RestoreFailedError naming the foreign keys
 */
export async function checkForeignKeys(
  client: pg.Client,
  catalog: Catalog,
  restored: readonly ManifestTable[],
): Promise<void> {
  const held = new Set(restored.map(relationKey));
  const broken: string[] = [];
  for (const relation of catalog.relations) {
    if (!held.has(relationKey(relation))) continue;
    for (const constraint of relation.constraints) {
      if (constraint.kind !== 'foreign key' || !constraint.validated) continue;
      const { references, columns } = constraint;
      if (held.has(relationKey(references))) continue;
      const pairs = columns.map((column, index) => {
        const other = references.columns[index] ?? column;
        return `child.${quoteIdent(column)} = parent.${quoteIdent(other)}`;
      });
      const isSet = columns.map((column) => `child.${quoteIdent(column)} IS NOT NULL`);
      const rows = await queryRows(
        client,
        `SELECT FROM ONLY ${qualifiedName(relation)} AS child WHERE ${isSet.join(' AND ')}
           AND NOT EXISTS (SELECT FROM ${qualifiedName(references)} AS parent WHERE ${pairs.join(' AND ')}) LIMIT 1`,
      );
      if (rows.length > 0) broken.push(`${constraint.name} of ${qualifiedName(relation)}`);
    }
  }
  if (broken.length > 0) {
    throw new RestoreFailedError(
      `The rows are restored, but some refer to rows that are not there: ${broken.join(', ')}. Add what they refer to, or empty the tables again.`,
    );
  }
}
