/** The documentation of a project's database: what `docs build` writes and `docs check` compares. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Catalog, readCatalog } from '@tothub/db-catalog';
import { checkDocument, renderMarkdown } from '@tothub/db-docs';
import { withSession } from '../database/connect.ts';
import type { Project } from './load-project.ts';

/** The catalog of the database as it is now. */
export const catalogOf = (url: string): Promise<Catalog> => withSession(url, readCatalog);

/**
 * Without the machinery of the audit: the months of its log come and go, so the page would be out of date on the first
 * of each month, and its functions, one for each table, are made by the package and described there.
 */
const documented = (catalog: Catalog): Catalog => ({
  ...catalog,
  relations: catalog.relations.filter(
    ({ partitionOf }) => !(partitionOf?.schema === 'audit' && partitionOf.name === 'log'),
  ),
  functions: catalog.functions.filter(({ schema }) => schema !== 'audit'),
});

const optionsOf = (project: Project) => ({ title: project.documentTitle });

/** The whole document for the database as it is now; notes that people wrote into the file of before are kept. */
export async function documentDatabase(
  url: string,
  project: Project,
  path: string,
): Promise<string> {
  const catalog = documented(await catalogOf(url));
  const previous = existsSync(path) ? await readFile(path, 'utf8') : undefined;
  return renderMarkdown(catalog, {
    ...optionsOf(project),
    ...(previous !== undefined && { previous }),
  });
}

/** How the file differs from the database; a missing file is one difference. */
export async function documentDifferences(
  catalog: () => Promise<Catalog>,
  project: Project,
  path: string,
): Promise<readonly string[]> {
  if (!existsSync(path)) return [`${path} does not exist`];
  return checkDocument(
    await readFile(path, 'utf8'),
    documented(await catalog()),
    optionsOf(project),
  ).differences;
}
