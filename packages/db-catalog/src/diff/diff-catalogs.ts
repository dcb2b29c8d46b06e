/**
 * Compares two catalogs in field terms. Statistics are never compared; a renamed object is one that was
 * removed and one that was added. It judges nothing: what a difference means is for others.
 */
import type { Catalog } from '../model.ts';
import type { CatalogDifference } from './catalog-difference.ts';
import { describeCatalog } from './describe-catalog.ts';
import { type DescribedObject, objectKey } from './described-object.ts';
import { movedColumns } from './moved-columns.ts';

/** A property that a comparison can leave out. */
export type IgnoredProperty =
  | 'owner'
  | 'grants'
  | 'comment'
  | 'position'
  | 'database'
  | 'encoding'
  | 'server'
  | 'extension version';

/** Options of `diffCatalogs`. */
export interface DiffOptions {
  /**
   * Properties that do not count: `database` is the name of the database, `encoding` its character set, `server`
   * the version of the server, `position` the order of columns.
   * @default [] (everything counts)
   */
  readonly ignore?: readonly IgnoredProperty[];
}

/**
 * Lists what is different in `after`: first what is missing or changed, then what was added. What an object
 * brings along (the columns of a table, the index of a unique constraint) is not listed beside it.
 *
 * @example
 * ```ts
 * const differences = diffCatalogs(expected, await readCatalog(db), { ignore: ['database', 'owner'] });
 * differences.map(formatDifference); // ['changed column app.children.name: type from text to character varying(80)']
 * ```
 */
export function diffCatalogs(
  before: Catalog,
  after: Catalog,
  options: DiffOptions = {},
): CatalogDifference[] {
  const ignored = new Set<string>(options.ignore);
  const old = keyed(describeCatalog(before));
  const now = keyed(describeCatalog(after));
  const removed = onlyIn(old, now);
  const added = onlyIn(now, old);
  const differences: CatalogDifference[] = [];
  for (const [key, described] of old) {
    const same = now.get(key);
    if (same) differences.push(...changesOf(described, same, ignored));
    else if (!hasParentIn(described, removed)) differences.push(removalOf(described));
  }
  if (!ignored.has('position')) differences.push(...movedColumns(before, after));
  for (const described of added.values()) {
    if (!hasParentIn(described, added)) differences.push(additionOf(described));
  }
  return differences;
}

type Keyed = ReadonlyMap<string, DescribedObject>;

function keyed(objects: readonly DescribedObject[]): Keyed {
  return new Map(objects.map((described) => [objectKey(described.object), described]));
}

function onlyIn(objects: Keyed, others: Keyed): Keyed {
  return new Map([...objects].filter(([key]) => !others.has(key)));
}

function hasParentIn({ parent }: DescribedObject, objects: Keyed): boolean {
  return parent !== undefined && objects.has(objectKey(parent));
}

function removalOf({ object, summary }: DescribedObject): CatalogDifference {
  return { change: 'removed', object, ...(summary === undefined ? {} : { before: summary }) };
}

function additionOf({ object, summary }: DescribedObject): CatalogDifference {
  return { change: 'added', object, ...(summary === undefined ? {} : { after: summary }) };
}

function changesOf(
  old: DescribedObject,
  now: DescribedObject,
  ignored: ReadonlySet<string>,
): CatalogDifference[] {
  const isUpdatedExtension =
    old.properties['extension version'] !== now.properties['extension version'];
  const differences: CatalogDifference[] = [];
  for (const property of new Set([
    ...Object.keys(old.properties),
    ...Object.keys(now.properties),
  ])) {
    const before = old.properties[property] ?? null;
    const after = now.properties[property] ?? null;
    if (ignored.has(property) || JSON.stringify(before) === JSON.stringify(after)) continue;
    // Another version has other members: that follows from the version.
    if (property === 'members' && isUpdatedExtension) continue;
    differences.push({ change: 'changed', object: now.object, property, before, after });
  }
  return differences;
}
