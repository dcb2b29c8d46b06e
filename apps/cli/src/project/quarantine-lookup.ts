import type { ContentDifference } from '@tothub/db-backup';
import { type Queryable, qualifiedName, type RelationName } from '@tothub/db-catalog';
import { decryptQuarantined, type KeyRing } from '@tothub/db-security';

interface QuarantineRow {
  readonly n: number;
  readonly old_value: string | null;
  readonly encrypted: boolean;
}

/**
 * Makes a function that returns those differences whose old value does not stand in the quarantine. An encrypted
 * old value must decrypt to the value of before; without keys its presence has to do.
 */
export function createQuarantineLookup(
  db: Queryable,
  quarantine: RelationName,
  keyRing: KeyRing | undefined,
): (differences: readonly ContentDifference[]) => Promise<ContentDifference[]> {
  const sql = `
SELECT w.n::integer AS n, q.old_value, q.encrypted
  FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[])
       WITH ORDINALITY AS w (schema_name, table_name, row_key, column_name, n)
  JOIN ${qualifiedName(quarantine)} AS q USING (schema_name, table_name, row_key, column_name)`;

  const explains = (difference: ContentDifference, row: QuarantineRow): boolean => {
    if (!row.encrypted || row.old_value === null)
      return row.old_value === (difference.before ?? null);
    if (!keyRing) return true;
    const { schema, table, column = '', key } = difference;
    try {
      return (
        decryptQuarantined(row.old_value, { schema, table, column, key }, keyRing) ===
        difference.before
      );
    } catch {
      // Not what went in: altered, or of another key ring. Then it explains nothing.
      return false;
    }
  };

  return async (differences) => {
    const changed = differences.filter(({ column }) => column !== undefined);
    const { rows } = await db.query(sql, [
      changed.map(({ schema }) => schema),
      changed.map(({ table }) => table),
      changed.map(({ key }) => JSON.stringify(key)),
      changed.map(({ column }) => column),
    ]);
    const explained = new Set<ContentDifference>();
    for (const row of rows as QuarantineRow[]) {
      const difference = changed[row.n - 1];
      if (difference && explains(difference, row)) explained.add(difference);
    }
    return differences.filter((difference) => !explained.has(difference));
  };
}
