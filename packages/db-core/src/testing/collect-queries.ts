import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isQuery, type Query } from '../query/define-query.ts';
import type { Finding } from './finding.ts';
import { type SourcePlace, sourcePlace } from './source-place.ts';

/** Modules by the file they came from: an absolute path, a file URL, or a path relative to `base`. */
export type QueryModules = Readonly<Record<string, unknown>>;

/** A query and where it is defined. */
export interface PlacedQuery {
  readonly query: Query;
  readonly place: SourcePlace;
}

/** The queries of modules, and what is wrong with their names. */
export interface CollectedQueries {
  readonly queries: readonly PlacedQuery[];
  readonly findings: readonly Finding[];
}

/** Takes all that `defineQuery` made out of modules. A query that several modules export counts once. */
export async function collectQueries(
  modules: QueryModules,
  base?: string,
): Promise<CollectedQueries> {
  const placed = new Map<Query, PlacedQuery>();
  const findings: Finding[] = [];
  const names = new Map<string, SourcePlace>();
  for (const [key, module] of Object.entries(modules)) {
    for (const [exported, query] of Object.entries(module as object)) {
      if (!isQuery(query) || placed.has(query)) continue;
      const { name } = query.definition;
      const place = await sourcePlace(fileOf(key, base), name);
      placed.set(query, { query, place });
      const add = (kind: Finding['kind'], message: string) =>
        findings.push({ kind, query: name, subject: null, place, message });
      if (name !== exported) {
        add('name-differs', `It is exported as ${exported}. Give it that name.`);
      }
      const first = names.get(name);
      if (first) {
        add('name-repeated', `${first.file}:${first.line} has that name too. Rename one of them.`);
      }
      names.set(name, place);
    }
  }
  return { queries: [...placed.values()], findings };
}

function fileOf(key: string, base: string | undefined): string {
  if (base === undefined && !key.startsWith('file:')) return resolve(key);
  return fileURLToPath(new URL(key, base));
}
