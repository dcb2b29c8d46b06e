import type { Catalog, Routine } from '../model.ts';
import { qualifiedName, quoteIdent } from '../quoting.ts';
import { describeRelation, nameOf } from './describe-relation.ts';
import type { CatalogObject, DescribedObject } from './described-object.ts';
import { grantsToOthers } from './grants-to-others.ts';

/** Describes every object of a catalog, each after the one that brings it along. */
export function describeCatalog(catalog: Catalog): DescribedObject[] {
  return [
    {
      // One database is compared with another, so its name is a property and no key.
      object: { type: 'database', schema: '', name: '' },
      properties: {
        database: catalog.database,
        server: catalog.server.version,
        encoding: catalog.encoding,
      },
    },
    ...catalog.schemas.map(({ name, owner, comment, grants }) => ({
      object: globalName('schema', name),
      properties: { owner, comment, grants: grantsToOthers({ owner, grants }) },
    })),
    ...catalog.extensions.map(({ name, schema, version, comment, members }) => ({
      object: globalName('extension', name),
      properties: { schema, 'extension version': version, comment, members },
    })),
    ...describeTypes(catalog),
    ...catalog.functions.map(describeRoutine),
    ...catalog.relations.flatMap(describeRelation),
    ...describeSequences(catalog),
    ...catalog.eventTriggers.map(({ name, function: called, ...rest }) => ({
      object: globalName('event trigger', name),
      properties: { ...rest, function: qualifiedName(called) },
    })),
    ...catalog.publications.map(({ name, allTables, tables, schemas }) => ({
      object: globalName('publication', name),
      properties: {
        'all tables': allTables,
        tables: tables.map((table) => qualifiedName(table)),
        schemas,
      },
    })),
  ];
}

function globalName(type: CatalogObject['type'], name: string): CatalogObject {
  return { type, schema: '', name };
}

function describeTypes(catalog: Catalog): DescribedObject[] {
  return [
    ...catalog.enums.map((type) => ({
      object: nameOf('enum', type),
      properties: { labels: type.labels, owner: type.owner, comment: type.comment },
    })),
    ...catalog.domains.map((type) => ({
      object: nameOf('domain', type),
      properties: {
        'base type': type.baseType,
        'not null': type.notNull,
        default: type.default,
        collation: type.collation,
        constraints: type.constraints.map(
          ({ name, definition }) => `${quoteIdent(name)} ${definition}`,
        ),
        owner: type.owner,
        comment: type.comment,
      },
    })),
    ...catalog.composites.map((type) => ({
      object: nameOf('composite type', type),
      properties: {
        attributes: type.attributes.map(
          (attribute) => `${quoteIdent(attribute.name)} ${attribute.type}`,
        ),
        owner: type.owner,
        comment: type.comment,
      },
    })),
    ...catalog.ranges.map((type) => ({
      object: nameOf('range', type),
      properties: { subtype: type.subtype, owner: type.owner, comment: type.comment },
    })),
  ];
}

function describeRoutine(routine: Routine): DescribedObject {
  const { kind, owner, comment, definition } = routine;
  // Without any explicit grant, everybody may execute a routine.
  const grants =
    routine.grants.length > 0
      ? routine.grants
      : [{ privilege: 'EXECUTE', grantee: 'PUBLIC', grantor: owner, grantable: false }];
  return {
    object: {
      ...nameOf(kind === 'window' ? 'window function' : kind, routine),
      arguments: routine.identityArguments,
    },
    properties: {
      // The definition says all of a routine; an aggregate has none.
      ...(definition === null
        ? { result: routine.result, volatility: routine.volatility, strict: routine.strict }
        : { definition }),
      owner,
      comment,
      grants: grantsToOthers({ owner, grants }),
    },
  };
}

function describeSequences(catalog: Catalog): DescribedObject[] {
  return catalog.sequences.map((sequence) => {
    const { schema, name, ownedBy, grants: _, ...properties } = sequence;
    const column: CatalogObject | null = ownedBy && {
      type: 'column',
      schema: ownedBy.schema,
      relation: ownedBy.name,
      name: ownedBy.column,
    };
    return {
      object: nameOf('sequence', { schema, name }),
      ...(column && ownedBy?.dependency === 'internal' ? { parent: column } : {}),
      properties: {
        ...properties,
        'owned by': ownedBy && `${qualifiedName(ownedBy)}.${quoteIdent(ownedBy.column)}`,
        grants: grantsToOthers(sequence),
      },
    };
  });
}
