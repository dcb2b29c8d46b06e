/** Finds and reads the project's configuration and baseline catalog. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Catalog, parseCatalog } from '@tothub/db-catalog';
import { refusal, usageError } from '../exit.ts';
import type { ProjectConfig } from './config.ts';

export interface Project extends ProjectConfig {
  /** Folder of the configuration and the migrations. */
  readonly directory: string;
  readonly baselineCatalog: Catalog;
}

const place = join('migrations', 'tothub.config.ts');

function findUpwards(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const path = join(folder, place);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * Reads the configuration named by `--config`, or else the nearest `migrations/tothub.config.ts` above the
 * current folder or above this program.
 *
 * @throws CliError (exit 2) when there is none; (exit 1) when it cannot be read.
 */
export async function loadProject(flag: string | undefined): Promise<Project> {
  const path =
    flag === undefined
      ? (findUpwards(process.cwd()) ?? findUpwards(import.meta.dirname))
      : resolve(flag);
  if (path === undefined || !existsSync(path))
    throw usageError(
      flag === undefined ? `No ${place} was found.` : `There is no ${flag}.`,
      'Name the configuration with --config.',
    );
  const directory = dirname(path);
  try {
    const { config } = (await import(pathToFileURL(path).href)) as { config: ProjectConfig };
    const text = await readFile(join(directory, config.baseline.catalog), 'utf8');
    return { ...config, directory, baselineCatalog: parseCatalog(text) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refusal('TOTHUB_CONFIG_UNREADABLE', `${path} could not be read: ${reason}`, { cause });
  }
}
