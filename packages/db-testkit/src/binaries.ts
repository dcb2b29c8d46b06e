import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BinarySet, EMBEDDED, findBinaries as findIn } from '@tothub/db-embedded/parts';

const require = createRequire(import.meta.url);

/** Small npm projects, one a major version, that a checkout of this repository installs on demand. */
const TOOLCHAIN = fileURLToPath(new URL('../../../toolchain/postgres', import.meta.url));

/** The npm project that installs this major version; undefined when there is none for this kind of machine. */
export function toolchainFolder(major: number): string | undefined {
  const folder = join(TOOLCHAIN, String(major));
  const lock = join(folder, 'package-lock.json');
  if (!existsSync(lock) || !readFileSync(lock, 'utf8').includes(`"${EMBEDDED}"`)) return undefined;
  return folder;
}

/**
 * Every PostgreSQL server this machine can start, of the system or of npm, also those that a checkout of this
 * repository installed for itself.
 */
export function findBinaries(major?: number): BinarySet[] {
  const majors = major === undefined ? [17, 16, 15] : [major];
  return findIn(major, [
    ...ownPackageDir(),
    ...majors.map((n) => join(TOOLCHAIN, String(n), 'node_modules', EMBEDDED)),
  ]);
}

function ownPackageDir(): string[] {
  try {
    return [dirname(dirname(require.resolve(EMBEDDED)))];
  } catch {
    return [];
  }
}
