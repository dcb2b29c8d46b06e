import type { Column, Constraint, Index, Relation, RelationName } from '../model.ts';
import { qualifiedName } from '../quoting.ts';
import type { CatalogObject, DescribedObject } from './described-object.ts';
import { grantsToOthers } from './grants-to-others.ts';

/** Describes a relation and all that belongs to it. */
export function describeRelation(relation: Relation): DescribedObject[] {
  const object: CatalogObject = nameOf(relation.kind, relation);
  const part = (type: CatalogObject['type'], name: string): CatalogObject => ({
    type,
    schema: relation.schema,
    relation: relation.name,
    name,
  });
  const constraints = relation.constraints.filter((constraint) => constraint.kind !== 'not null');
  return [
    {
      object,
      properties: {
        persistence: relation.persistence,
        owner: relation.owner,
        comment: relation.comment,
        grants: grantsToOthers(relation),
        'row-level security': relation.rowLevelSecurity,
        'replica identity': relation.replicaIdentity,
        options: relation.options,
        'foreign server': relation.foreignServer ?? null,
        'partition key': relation.partitionKey,
        'partition of': relation.partitionOf && qualifiedName(relation.partitionOf),
        'partition bound': relation.partitionOf?.bound ?? null,
        inherits: relation.inherits.map((parent) => qualifiedName(parent)),
        definition: relation.definition,
      },
    },
    ...relation.columns.map((column) => ({
      object: part('column', column.name),
      parent: object,
      ...columnFacts(column, relation),
    })),
    ...constraints.map((constraint) => ({
      object: part(constraint.kind, constraint.name),
      parent: object,
      summary: constraint.definition,
      properties: {
        definition: constraint.definition.replace(/ NOT VALID$/, ''),
        validated: constraint.validated,
        local: constraint.isLocal,
        comment: constraint.comment,
      },
    })),
    ...relation.indexes.map((index) => {
      const backed = constraints.find((constraint) => isBackedBy(constraint, index));
      return {
        object: part('index', index.name),
        parent: backed ? part(backed.kind, backed.name) : object,
        summary: index.definition,
        properties: {
          definition: index.definition,
          valid: index.isValid && index.isReady,
          partition: index.isPartition,
          comment: index.comment,
        },
      };
    }),
    ...relation.triggers.map(({ name, definition, enabled, comment }) => ({
      object: part('trigger', name),
      parent: object,
      summary: definition,
      properties: { definition, enabled, comment },
    })),
    ...relation.policies.map((policy) => ({
      object: part('policy', policy.name),
      parent: object,
      properties: {
        command: policy.command,
        permissive: policy.permissive,
        roles: policy.roles,
        using: policy.using,
        'with check': policy.withCheck,
        comment: policy.comment,
      },
    })),
    ...relation.rules.map(({ name, definition, enabled, comment }) => ({
      object: part('rule', name),
      parent: object,
      summary: definition,
      properties: { definition, enabled, comment },
    })),
  ];
}

/** Names an object that has a schema. */
export function nameOf(type: CatalogObject['type'], { schema, name }: RelationName): CatalogObject {
  return { type, schema, name };
}

function columnFacts(column: Column, { constraints, owner }: Relation) {
  const notNull = constraints.find(
    ({ kind, columns }) => kind === 'not null' && columns[0] === column.name,
  );
  const words = [column.type];
  if (column.notNull) words.push('not null');
  if (column.identity) words.push(`generated ${column.identity} as identity`);
  if (column.generated) words.push(`generated always as (${column.default}) ${column.generated}`);
  else if (column.default !== null) words.push(`default ${column.default}`);
  return {
    summary: words.join(' '),
    properties: {
      type: column.type,
      'not null': column.notNull,
      // Before PostgreSQL 18, NOT NULL is no constraint: what only its constraint says is compared, not its name.
      'not null not valid': notNull?.validated === false,
      'not null no inherit': notNull?.definition.endsWith(' NO INHERIT') ?? false,
      default: column.default,
      identity: column.identity,
      generated: column.generated,
      collation: column.collation,
      comment: column.comment,
      grants: grantsToOthers({ owner, grants: column.grants }),
    },
  };
}

function isBackedBy(constraint: Constraint, index: Index): boolean {
  return 'index' in constraint && constraint.index === index.name;
}
