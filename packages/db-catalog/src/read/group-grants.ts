import type { Grant } from '../model.ts';
import type { GrantRow } from './queries/grants.ts';

export interface GrantsByObject {
  /** Privileges on an object, or on the column with that number; none were granted when empty. */
  of(catalog: GrantRow['catalog'], object: number, column?: number): readonly Grant[];
}

/** Sorts the privileges of all objects by the object that they are on. */
export function groupGrants(rows: readonly GrantRow[]): GrantsByObject {
  const key = (catalog: string, object: number, column: number): string =>
    `${catalog} ${object} ${column}`;
  const groups = Map.groupBy(rows, (row) => key(row.catalog, row.object, row.column));
  return {
    of: (catalog, object, column = 0) =>
      (groups.get(key(catalog, object, column)) ?? []).map(
        ({ grantee, grantor, privilege, grantable }) => ({
          grantee,
          grantor,
          privilege,
          grantable,
        }),
      ),
  };
}
