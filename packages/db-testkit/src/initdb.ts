import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { ServerStartError } from './errors.ts';

const run = promisify(execFile);

/** What server programs get to see of the environment. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * UTF-8 with the same order on every machine: PostgreSQL's own C.UTF-8 from 17 on, the C library's before,
 * and plain C where that library has none.
 * @see https://www.postgresql.org/docs/current/locale.html
 */
function localeChoices(major: number): readonly (readonly string[])[] {
  if (major >= 17) return [['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']];
  return [['--locale=C.UTF-8'], ['--locale=C']];
}

/** Arguments of initdb that decide what is in a new cluster. */
export const INITDB = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-instructions'];

/**
 * Makes a cluster in an empty or missing folder, as the account.
 * @throws ServerStartError with what initdb said.
 */
export async function initdb(
  binDir: string,
  major: number,
  dataDir: string,
  account: Account,
  extra: readonly string[] = [],
): Promise<void> {
  let failure: unknown;
  for (const locale of localeChoices(major)) {
    try {
      await run(join(binDir, 'initdb'), ['-D', dataDir, ...INITDB, ...locale, ...extra], {
        ...account,
        env: serverEnvironment(),
        cwd: dirname(dataDir),
      });
      return;
    } catch (error) {
      failure = error;
    }
  }
  const said = (failure as { stderr?: string }).stderr?.trim() ?? '';
  throw new ServerStartError(
    `initdb could not make a cluster in ${dataDir}. Mend what it names:\n${said}`,
    { cause: failure },
  );
}
