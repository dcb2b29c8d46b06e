/**
 * The published form of a serialised catalog, member by member of the model; the compiler compares the two.
 * `catalog.schema.json` in the package is this object as a file.
 */
import type * as model from '../model.ts';
import {
  anyOf,
  flag,
  integer,
  type JsonSchema,
  listOf,
  nullable,
  number,
  objectOf,
  oneOf,
  optional,
  type SchemaOf,
  text,
} from './json-schema.ts';

const definitions: Record<string, JsonSchema> = {};

function define<T>(name: string, node: SchemaOf<T>): SchemaOf<T> {
  definitions[name] = node.schema;
  return { schema: { $ref: `#/$defs/${name}` } };
}

const relationName = define(
  'RelationName',
  objectOf<model.RelationName>({ schema: text, name: text }),
);
const schemaAndName = { schema: text, name: text };
const comment = nullable(text);
const ownership = { owner: text, comment };
const firing = oneOf('origin', 'always', 'replica', 'disabled');

const grants = listOf(
  define(
    'Grant',
    objectOf<model.Grant>({ grantee: text, grantor: text, privilege: text, grantable: flag }),
  ),
);

const column = define(
  'Column',
  objectOf<model.Column>({
    name: text,
    position: integer,
    type: text,
    notNull: flag,
    default: nullable(text),
    identity: nullable(oneOf('always', 'by default')),
    generated: nullable(oneOf('stored', 'virtual')),
    collation: nullable(text),
    comment,
    grants,
    userType: nullable(
      objectOf<NonNullable<model.Column['userType']>>({
        ...schemaAndName,
        kind: oneOf('enum', 'domain', 'composite', 'range'),
      }),
    ),
    isArray: flag,
  }),
);

const constraintBase = {
  name: text,
  definition: text,
  deferrable: flag,
  initiallyDeferred: flag,
  validated: flag,
  isLocal: flag,
  comment,
  columns: listOf(text),
};
const action = oneOf('no action', 'restrict', 'cascade', 'set null', 'set default');

const constraint = define(
  'Constraint',
  anyOf(
    objectOf<model.PrimaryKeyConstraint>({
      ...constraintBase,
      kind: oneOf('primary key'),
      index: text,
    }),
    objectOf<model.UniqueConstraint>({
      ...constraintBase,
      kind: oneOf('unique'),
      index: text,
      nullsNotDistinct: flag,
    }),
    objectOf<model.ForeignKeyConstraint>({
      ...constraintBase,
      kind: oneOf('foreign key'),
      references: objectOf<model.ForeignKeyConstraint['references']>({
        ...schemaAndName,
        columns: listOf(text),
      }),
      onUpdate: action,
      onDelete: action,
      onDeleteColumns: listOf(text),
      match: oneOf('simple', 'full', 'partial'),
    }),
    objectOf<model.CheckConstraint>({
      ...constraintBase,
      kind: oneOf('check'),
      expression: text,
      noInherit: flag,
    }),
    objectOf<model.ExclusionConstraint>({
      ...constraintBase,
      kind: oneOf('exclusion'),
      index: text,
    }),
    objectOf<model.NotNullConstraint>({ ...constraintBase, kind: oneOf('not null') }),
  ),
);

const index = define(
  'Index',
  objectOf<model.Index>({
    name: text,
    method: text,
    isUnique: flag,
    isPrimary: flag,
    isExclusion: flag,
    isValid: flag,
    isReady: flag,
    nullsNotDistinct: flag,
    keys: listOf(
      objectOf<model.IndexKey>({
        column: nullable(text),
        expression: text,
        descending: flag,
        nullsFirst: flag,
        collation: optional(text),
      }),
    ),
    includes: listOf(text),
    predicate: nullable(text),
    definition: text,
    isPartition: flag,
    comment,
    statistics: optional(
      objectOf<model.IndexStatistics>({ bytes: nullable(integer), scans: nullable(integer) }),
    ),
  }),
);

const trigger = objectOf<model.Trigger>({
  name: text,
  definition: text,
  enabled: firing,
  function: relationName,
  comment,
});

const policy = objectOf<model.Policy>({
  name: text,
  command: oneOf('all', 'select', 'insert', 'update', 'delete'),
  permissive: flag,
  roles: listOf(text),
  using: nullable(text),
  withCheck: nullable(text),
  comment,
});

const rule = objectOf<model.Rule>({ name: text, definition: text, enabled: firing, comment });

const relation = define(
  'Relation',
  objectOf<model.Relation>({
    ...schemaAndName,
    kind: oneOf('table', 'partitioned table', 'foreign table', 'view', 'materialized view'),
    persistence: oneOf('permanent', 'unlogged', 'temporary'),
    ...ownership,
    columns: listOf(column),
    constraints: listOf(constraint),
    indexes: listOf(index),
    triggers: listOf(define('Trigger', trigger)),
    policies: listOf(define('Policy', policy)),
    rules: listOf(define('Rule', rule)),
    grants,
    rowLevelSecurity: oneOf('off', 'enabled', 'forced'),
    replicaIdentity: oneOf('default', 'nothing', 'full', 'index'),
    options: listOf(text),
    foreignServer: optional(text),
    partitionKey: nullable(text),
    partitionOf: nullable(
      objectOf<NonNullable<model.Relation['partitionOf']>>({ ...schemaAndName, bound: text }),
    ),
    inherits: listOf(relationName),
    definition: nullable(text),
    dependsOn: listOf(relationName),
    statistics: optional(
      objectOf<model.RelationStatistics>({
        estimatedRows: nullable(number),
        totalBytes: nullable(integer),
        tableBytes: nullable(integer),
        indexBytes: nullable(integer),
        sequentialScans: nullable(integer),
        indexScans: nullable(integer),
        liveRows: nullable(integer),
        deadRows: nullable(integer),
      }),
    ),
  }),
);

const sequence = objectOf<model.Sequence>({
  ...schemaAndName,
  type: text,
  start: text,
  increment: text,
  minimum: text,
  maximum: text,
  cache: text,
  cycle: flag,
  ownedBy: nullable(
    objectOf<NonNullable<model.Sequence['ownedBy']>>({
      ...schemaAndName,
      column: text,
      dependency: oneOf('auto', 'internal'),
    }),
  ),
  ...ownership,
  grants,
});

const domain = objectOf<model.DomainType>({
  ...schemaAndName,
  baseType: text,
  notNull: flag,
  default: nullable(text),
  collation: nullable(text),
  constraints: listOf(
    objectOf<model.DomainType['constraints'][number]>({
      name: text,
      definition: text,
      validated: flag,
    }),
  ),
  ...ownership,
});

const routine = objectOf<model.Routine>({
  ...schemaAndName,
  kind: oneOf('function', 'procedure', 'aggregate', 'window'),
  identityArguments: text,
  arguments: text,
  result: nullable(text),
  language: text,
  volatility: oneOf('immutable', 'stable', 'volatile'),
  securityDefiner: flag,
  strict: flag,
  configuration: listOf(text),
  definition: nullable(text),
  ...ownership,
  grants,
});

const catalog = objectOf<model.Catalog>({
  formatVersion: oneOf(1),
  database: text,
  server: objectOf<model.Catalog['server']>({ versionNumber: integer, version: text }),
  encoding: text,
  schemas: listOf(define('Schema', objectOf<model.Schema>({ name: text, ...ownership, grants }))),
  extensions: listOf(
    define(
      'Extension',
      objectOf<model.Extension>({
        ...schemaAndName,
        version: text,
        comment,
        members: listOf(text),
      }),
    ),
  ),
  relations: listOf(relation),
  sequences: listOf(define('Sequence', sequence)),
  enums: listOf(
    define(
      'Enum',
      objectOf<model.EnumType>({ ...schemaAndName, labels: listOf(text), ...ownership }),
    ),
  ),
  domains: listOf(define('Domain', domain)),
  composites: listOf(
    define(
      'Composite',
      objectOf<model.CompositeType>({
        ...schemaAndName,
        attributes: listOf(
          objectOf<model.CompositeType['attributes'][number]>({ name: text, type: text }),
        ),
        ...ownership,
      }),
    ),
  ),
  ranges: listOf(
    define('Range', objectOf<model.RangeType>({ ...schemaAndName, subtype: text, ...ownership })),
  ),
  functions: listOf(define('Routine', routine)),
  eventTriggers: listOf(
    define(
      'EventTrigger',
      objectOf<model.EventTrigger>({
        name: text,
        event: text,
        enabled: firing,
        function: relationName,
        tags: listOf(text),
      }),
    ),
  ),
  publications: listOf(
    define(
      'Publication',
      objectOf<model.Publication>({
        name: text,
        allTables: flag,
        tables: listOf(relationName),
        schemas: listOf(text),
      }),
    ),
  ),
});

/** JSON Schema (2020-12) of what `serialiseCatalog` prints; also the file `catalog.schema.json`. */
export const catalogJsonSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Catalog of a PostgreSQL database',
  ...catalog.schema,
  $defs: definitions,
};
