export {
  CatalogError,
  CatalogFormatError,
  UnquotableTextError,
  UnsupportedServerError,
} from './catalog-error.ts';
export { coveringIndex } from './covering-index.ts';
export type { CatalogDifference } from './diff/catalog-difference.ts';
export type { CatalogObject, CatalogObjectType } from './diff/described-object.ts';
export type { DiffOptions, IgnoredProperty } from './diff/diff-catalogs.ts';
export { diffCatalogs } from './diff/diff-catalogs.ts';
export { formatDifference } from './diff/format-difference.ts';
export { findRelation, foreignKeysOf, primaryKeyOf } from './find-relation.ts';
export { catalogJsonSchema } from './format/catalog-json-schema.ts';
export type { JsonSchema } from './format/json-schema.ts';
export { parseCatalog } from './format/parse-catalog.ts';
export type { SerialiseOptions } from './format/serialise-catalog.ts';
export { serialiseCatalog } from './format/serialise-catalog.ts';
export type * from './model.ts';
export type { Queryable } from './queryable.ts';
export { qualifiedName, quoteIdent, quoteLiteral } from './quoting.ts';
export type { ReadCatalogOptions } from './read/read-catalog.ts';
export { readCatalog } from './read/read-catalog.ts';
export type { ForeignKeyOrder } from './tables-in-foreign-key-order.ts';
export { tablesInForeignKeyOrder } from './tables-in-foreign-key-order.ts';
