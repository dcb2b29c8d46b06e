import type { Grant } from '@tothub/db-catalog';
import { displayName } from '../display-name.ts';
import { code } from '../markdown/code.ts';

/**
 * Privileges that somebody granted, by grantee: `app`: SELECT, INSERT. Those of the owner are left out,
 * since they go without saying and differ between versions of PostgreSQL.
 */
export function grantsLine(owner: string, grants: readonly Grant[]): string {
  const byGrantee = new Map<string, string[]>();
  for (const { grantee, privilege, grantable } of grants) {
    if (grantee === owner) continue;
    const privileges = byGrantee.get(grantee) ?? [];
    privileges.push(grantable ? `${privilege} (with grant option)` : privilege);
    byGrantee.set(grantee, privileges);
  }
  return [...byGrantee]
    .map(
      ([grantee, privileges]) => `${code(displayName(grantee))}: ${privileges.sort().join(', ')}`,
    )
    .sort()
    .join('; ');
}
