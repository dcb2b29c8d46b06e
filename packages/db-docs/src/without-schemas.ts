import type { Catalog } from '@tothub/db-catalog';

/** A catalog without the objects of some schemas. */
export function withoutSchemas(catalog: Catalog, hidden: ReadonlySet<string>): Catalog {
  if (hidden.size === 0) return catalog;
  const seen = ({ schema }: { readonly schema: string }) => !hidden.has(schema);
  return {
    ...catalog,
    schemas: catalog.schemas.filter(({ name }) => !hidden.has(name)),
    relations: catalog.relations.filter(seen),
    sequences: catalog.sequences.filter(seen),
    enums: catalog.enums.filter(seen),
    domains: catalog.domains.filter(seen),
    composites: catalog.composites.filter(seen),
    ranges: catalog.ranges.filter(seen),
    functions: catalog.functions.filter(seen),
    publications: catalog.publications.map((publication) => ({
      ...publication,
      schemas: publication.schemas.filter((name) => !hidden.has(name)),
      tables: publication.tables.filter(seen),
    })),
  };
}
