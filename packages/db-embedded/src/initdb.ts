import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { Account } from './account.ts';
import { ServerStartError } from './errors.ts';

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
  let said = '';
  for (const locale of localeChoices(major)) {
    const child = spawn(join(binDir, 'initdb'), ['-D', dataDir, ...INITDB, ...locale, ...extra], {
      ...account,
      env: serverEnvironment(),
      cwd: dirname(dataDir),
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own: Ctrl-C in the terminal reaches us, not initdb, which is done in a second or two.
      detached: true,
    });
    said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const [status] = await once(child, 'close').catch((cause: Error) => {
      throw new ServerStartError(
        `initdb of ${binDir} could not be run (${cause.message}). Reinstall these programs, or choose others.`,
        { cause },
      );
    });
    if (status === 0) return;
  }
  throw new ServerStartError(
    `initdb could not make a cluster in ${dataDir}. Mend what it names:\n${said.trim()}`,
  );
}
