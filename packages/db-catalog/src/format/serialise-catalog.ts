import type { Catalog } from '../model.ts';

/** Options of `serialiseCatalog`. */
export interface SerialiseOptions {
  /**
   * Keeps the `statistics` members (row estimates, sizes, scan counts), which change without any DDL.
   * @default false
   */
  readonly statistics?: boolean;
}

/**
 * Prints a catalog as JSON that is the same, byte for byte, for the same definitions: members sorted by name,
 * two spaces, a newline at the end. `catalogJsonSchema` describes it.
 */
export function serialiseCatalog(catalog: Catalog, options: SerialiseOptions = {}): string {
  const keepsStatistics = options.statistics ?? false;
  const replacer = (key: string, value: unknown): unknown => {
    if (key === 'statistics' && !keepsStatistics) return undefined;
    return isPlainObject(value) ? sortedByKey(value) : value;
  };
  return `${JSON.stringify(catalog, replacer, 2)}\n`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortedByKey(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
