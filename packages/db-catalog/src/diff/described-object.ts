import type { Constraint, RelationKind, Routine } from '../model.ts';

/** What an object is, in the words of SQL. */
export type CatalogObjectType =
  | 'database'
  | 'schema'
  | 'extension'
  | RelationKind
  | 'column'
  | Exclude<Constraint['kind'], 'not null'>
  | 'index'
  | 'trigger'
  | 'policy'
  | 'rule'
  | 'sequence'
  | 'enum'
  | 'domain'
  | 'composite type'
  | 'range'
  | Exclude<Routine['kind'], 'window'>
  | 'window function'
  | 'event trigger'
  | 'publication';

/** Names one object of a database. */
export interface CatalogObject {
  readonly type: CatalogObjectType;
  /** Empty for what belongs to no schema: database, schema, extension, event trigger, publication. */
  readonly schema: string;
  readonly name: string;
  /** Table or view that a column, constraint, index, trigger, policy or rule belongs to. */
  readonly relation?: string;
  /** Argument types of a routine. */
  readonly arguments?: string;
}

/** One object with all of it that is compared, and nothing that another object already says. */
export interface DescribedObject {
  readonly object: CatalogObject;
  /** Object that brings this one along: when both are added or removed, only that one is reported. */
  readonly parent?: CatalogObject;
  /** Compared one by one, by their names in field terms. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The definition in one text, given as `after` of an added and `before` of a removed object. */
  readonly summary?: string;
}

/** Text that is equal for two names of the same object only. */
export function objectKey(object: CatalogObject): string {
  const { type, schema, relation, name, arguments: argumentTypes } = object;
  return JSON.stringify([type, schema, relation, name, argumentTypes]);
}
