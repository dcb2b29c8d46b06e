import { readdir, readFile } from 'node:fs/promises';

/** Command line and environment of every child of this process; empty where there is no /proc. */
export function childProcesses(): Promise<string[]> {
  return readProcesses((parent) => parent === process.pid);
}

/** PostgreSQL tools of any process that work on a database. */
export async function toolsAtWork(database: string): Promise<string[]> {
  const processes = await readProcesses(() => true);
  return processes.filter(
    (text) => /pg_(dump|restore)\0/.test(text) && text.includes(`PGDATABASE=${database}\0`),
  );
}

async function readProcesses(isWanted: (parent: number) => boolean): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parent] =
        /^PPid:\t(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
      if (!isWanted(Number(parent))) continue;
      const [line, environment] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
      );
      found.push(`${line}${environment}`);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}
