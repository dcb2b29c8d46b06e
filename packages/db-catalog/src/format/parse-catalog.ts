import { CatalogFormatError } from '../catalog-error.ts';
import type { Catalog, IndexStatistics, RelationStatistics } from '../model.ts';
import { catalogJsonSchema } from './catalog-json-schema.ts';
import { checkJson } from './check-json.ts';

const noRelationStatistics: RelationStatistics = {
  estimatedRows: null,
  totalBytes: null,
  tableBytes: null,
  indexBytes: null,
  sequentialScans: null,
  indexScans: null,
  liveRows: null,
  deadRows: null,
};
const noIndexStatistics: IndexStatistics = { bytes: null, scans: null };

/**
 * Reads what `serialiseCatalog` has printed, and checks all of it. Statistics that were left out come back as
 * nulls.
 *
 * @throws {CatalogFormatError} when the text is no JSON, or not a catalog of this format version
 */
export function parseCatalog(text: string): Catalog {
  const value = parseJson(text);
  const problem = checkJson(value, catalogJsonSchema);
  if (problem) {
    const place = problem.path.map((step) => `[${JSON.stringify(step)}]`).join('');
    throw new CatalogFormatError(
      `This is not a catalog: $${place} ${problem.message}. Write it again with serialiseCatalog of this version.`,
    );
  }
  const catalog = value as Catalog;
  return {
    ...catalog,
    relations: catalog.relations.map((relation) => ({
      ...relation,
      statistics: relation.statistics ?? noRelationStatistics,
      indexes: relation.indexes.map((index) => ({
        ...index,
        statistics: index.statistics ?? noIndexStatistics,
      })),
    })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CatalogFormatError(
      'This is not a catalog: the text is not JSON. Pass a file that serialiseCatalog has written.',
      { cause },
    );
  }
}
