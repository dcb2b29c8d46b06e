import type { Catalog, ForeignKeyConstraint, Relation } from '../src/model.ts';

/** A catalog without any object. */
export const emptyCatalog: Catalog = {
  formatVersion: 1,
  database: 'db',
  server: { versionNumber: 150018, version: '15.18' },
  encoding: 'UTF8',
  schemas: [],
  extensions: [],
  relations: [],
  sequences: [],
  enums: [],
  domains: [],
  composites: [],
  ranges: [],
  functions: [],
  eventTriggers: [],
  publications: [],
};

/** A table `public.<name>` that references others by a foreign key each. */
export function tableWith(name: string, references: readonly string[]): Relation {
  return {
    schema: 'public',
    name,
    kind: 'table',
    persistence: 'permanent',
    owner: 'postgres',
    comment: null,
    columns: [],
    constraints: references.map((target) => foreignKeyTo(target)),
    indexes: [],
    triggers: [],
    policies: [],
    rules: [],
    grants: [],
    rowLevelSecurity: 'off',
    replicaIdentity: 'default',
    options: [],
    partitionKey: null,
    partitionOf: null,
    inherits: [],
    definition: null,
    dependsOn: [],
    statistics: {
      estimatedRows: null,
      totalBytes: null,
      tableBytes: null,
      indexBytes: null,
      sequentialScans: null,
      indexScans: null,
      liveRows: null,
      deadRows: null,
    },
  };
}

function foreignKeyTo(target: string): ForeignKeyConstraint {
  return {
    kind: 'foreign key',
    name: `to_${target}`,
    definition: `FOREIGN KEY (${target}_id) REFERENCES ${target}(id)`,
    columns: [`${target}_id`],
    references: { schema: 'public', name: target, columns: ['id'] },
    onUpdate: 'no action',
    onDelete: 'no action',
    onDeleteColumns: [],
    match: 'simple',
    deferrable: false,
    initiallyDeferred: false,
    validated: true,
    isLocal: true,
    comment: null,
  };
}
