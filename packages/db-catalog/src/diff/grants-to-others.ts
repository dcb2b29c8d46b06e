import type { Grant } from '../model.ts';

/**
 * The privileges of everybody but the owner, one text each, with the grantor where it is not the owner. The owner's
 * are implied until the first GRANT writes them down beside it: that must not look like a change.
 */
export function grantsToOthers({
  owner,
  grants,
}: {
  readonly owner: string;
  readonly grants: readonly Grant[];
}): string[] {
  return grants
    .filter(({ grantee }) => grantee !== owner)
    .map(({ privilege, grantee, grantor, grantable }) => {
      const by = grantor === owner ? '' : ` by ${grantor}`;
      return `${privilege} to ${grantee}${by}${grantable ? ' with grant option' : ''}`;
    });
}
