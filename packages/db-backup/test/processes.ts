import { readdirSync, readFileSync } from 'node:fs';

/** Command line and environment of every child of this process, at once; empty where there is no /proc. */
export function childProcesses(): string[] {
  if (process.platform !== 'linux') return [];
  const tasks = '/proc/self/task';
  return readdirSync(tasks)
    .flatMap((task) => textOf(`${tasks}/${task}/children`).split(' '))
    .filter((pid) => pid !== '')
    .map((pid) => textOf(`/proc/${pid}/cmdline`) + textOf(`/proc/${pid}/environ`));
}

/** PostgreSQL tools of any process that work on a database. */
export function toolsAtWork(database: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => textOf(`/proc/${pid}/cmdline`) + textOf(`/proc/${pid}/environ`))
    .filter((text) => /pg_(dump|restore)\0/.test(text))
    .filter((text) => text.includes(`PGDATABASE=${database}\0`));
}

/** Empty when it ended while we looked. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A process that bears something it should not. */
export interface Bearer {
  readonly program: string;
  readonly where: 'arguments' | 'environment';
}

/** Processes of the whole machine that bear one of these words in their arguments or environment. */
export function processesWith(secrets: readonly string[]): Bearer[] {
  if (process.platform !== 'linux') return [];
  const has = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): Bearer[] => {
      const program = textOf(`/proc/${pid}/cmdline`);
      if (has(program)) return [{ program, where: 'arguments' }];
      return has(textOf(`/proc/${pid}/environ`)) ? [{ program, where: 'environment' }] : [];
    });
}
