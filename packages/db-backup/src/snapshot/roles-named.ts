import type { Catalog } from '@tothub/db-catalog';

/** Roles that own something, hold or gave a grant, or are named by a policy; sorted. */
export function rolesNamed(catalog: Catalog): string[] {
  const roles = new Set<string>(rolesOfPolicies(catalog));
  const owned = [
    ...catalog.schemas,
    ...catalog.relations,
    ...catalog.sequences,
    ...catalog.enums,
    ...catalog.domains,
    ...catalog.composites,
    ...catalog.ranges,
    ...catalog.functions,
  ];
  for (const object of owned) roles.add(object.owner);
  const granted = [
    ...catalog.schemas,
    ...catalog.relations,
    ...catalog.relations.flatMap((relation) => relation.columns),
    ...catalog.sequences,
    ...catalog.functions,
  ];
  for (const { grants } of granted) {
    for (const grant of grants) roles.add(grant.grantee).add(grant.grantor);
  }
  roles.delete('PUBLIC');
  return [...roles].sort();
}

/** Roles that policies name: these must exist before a restore, which cannot leave them out. */
export function rolesOfPolicies(catalog: Catalog): string[] {
  const roles = catalog.relations.flatMap((relation) =>
    relation.policies.flatMap((policy) => policy.roles),
  );
  return [...new Set(roles)].filter((role) => role.toUpperCase() !== 'PUBLIC').sort();
}
