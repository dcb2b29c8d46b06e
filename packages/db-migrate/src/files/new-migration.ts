import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationFileError } from '../errors.ts';
import { readMigrations } from './read-migrations.ts';

/**
 * Writes the two files of a new migration under the next free number and returns their paths. The name may be
 * a phrase; it becomes lower case with underscores.
 *
 * @example
 * ```ts
 * await newMigration('migrations', 'Add guardians'); // 0008_add_guardians.up.sql, 0008_add_guardians.down.sql
 * ```
 * @throws MigrationFileError when the name holds no letter or digit, or the numbers are used up.
 */
export async function newMigration(directory: string, name: string): Promise<string[]> {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')
    .slice(0, 100);
  if (slug === '') {
    throw new MigrationFileError(directory, 'a migration needs a name of letters or digits.');
  }
  await mkdir(directory, { recursive: true });
  const next = Number((await readMigrations(directory)).at(-1)?.version ?? 0) + 1;
  if (next > 9999) {
    throw new MigrationFileError(directory, 'number 9999 is taken. Start a new folder.');
  }
  const base = `${String(next).padStart(4, '0')}_${slug}`;
  const up = join(directory, `${base}.up.sql`);
  const down = join(directory, `${base}.down.sql`);
  await writeFile(up, `-- ${base}: what it changes, and why.\n`, { flag: 'wx' });
  await writeFile(down, `-- Takes ${base} back.\n`, { flag: 'wx' });
  return [up, down];
}
