import type { CatalogObject } from './described-object.ts';

/** One thing that is not the same in two catalogs. */
export interface CatalogDifference {
  readonly change: 'added' | 'removed' | 'changed';
  readonly object: CatalogObject;
  /** What changed, for example `type` or `not null`; only of a changed object. */
  readonly property?: string;
  /** Value of the property, or the definition of a removed object. */
  readonly before?: unknown;
  /** Value of the property, or the definition of an added object. */
  readonly after?: unknown;
}
