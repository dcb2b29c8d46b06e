import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationFileError } from '../errors.ts';
import { checksumOf, normaliseSql } from './checksum.ts';
import { type Directives, parseDirectives } from './directives.ts';

/** One `.up.sql` or `.down.sql` file. */
export interface MigrationScript extends Directives {
  /** Name without the folder. */
  readonly file: string;
  readonly path: string;
  /** Normalised text: this is what is hashed and what is run. */
  readonly sql: string;
  readonly checksum: string;
}

/** A numbered step, with the way back where there is one. */
export interface Migration {
  /** Four digits, for example `0007`. */
  readonly version: string;
  readonly name: string;
  readonly up: MigrationScript;
  readonly down: MigrationScript | null;
}

const FILE_NAME = /^(\d{4})_([A-Za-z0-9][A-Za-z0-9_-]*)\.(up|down)\.sql$/;

/**
 * Reads every `NNNN_name.up.sql` and `.down.sql` of a folder, in order of version. Files that do not end in
 * `.sql`, and folders, are left alone. Numbers order the migrations and need not be consecutive.
 *
 * @throws MigrationFileError for a name that does not fit, a number used twice, a `.down.sql` without its
 *   `.up.sql`, bytes that are not UTF-8, and a wrong directive.
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw new MigrationFileError(
      directory,
      'the folder of migrations cannot be read. Check the path.',
      {
        cause,
      },
    );
  });
  const found = new Map<string, { name: string; up?: MigrationScript; down?: MigrationScript }>();
  const files = entries.filter((e) => !e.isDirectory() && /\.sql$/i.test(e.name));
  for (const file of files.map((e) => e.name).sort()) {
    const [, version, name, direction] = FILE_NAME.exec(file) ?? [];
    if (version === undefined || name === undefined) {
      throw new MigrationFileError(
        file,
        'is not named NNNN_name.up.sql or NNNN_name.down.sql. Rename it, or move it out of the folder.',
      );
    }
    const entry = found.get(version) ?? { name };
    if (entry.name !== name) {
      throw new MigrationFileError(
        file,
        `uses the number ${version} of ${version}_${entry.name} again. Give the newer one the next free number.`,
      );
    }
    entry[direction as 'up' | 'down'] = await readScript(directory, file);
    found.set(version, entry);
  }
  return [...found.entries()].map(([version, { name, up, down }]) => {
    if (!up) {
      throw new MigrationFileError(
        `${version}_${name}.down.sql`,
        `has no ${version}_${name}.up.sql. Restore that file, or remove this one.`,
      );
    }
    return { version, name, up, down: down ?? null };
  });
}

async function readScript(directory: string, file: string): Promise<MigrationScript> {
  const path = join(directory, file);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new MigrationFileError(file, 'cannot be read. Check its permissions.', { cause });
  });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MigrationFileError(file, 'is not UTF-8. Save it in that encoding.', {
      cause,
    });
  }
  if (text.includes('\0')) {
    throw new MigrationFileError(
      file,
      'holds a NUL byte, which PostgreSQL does not take. Remove it.',
    );
  }
  const sql = normaliseSql(text);
  return { file, path, sql, checksum: checksumOf(sql), ...parseDirectives(file, sql) };
}
