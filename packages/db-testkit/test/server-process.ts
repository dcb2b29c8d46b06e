import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { canEnter, isServing } from '@tothub/db-embedded/parts';
import { expect } from 'vitest';
import type { StartOptions } from '../src/index.ts';

/** What the other process says about the server that it started, or why it could not. */
export interface Report {
  readonly pid: number;
  readonly dataDir: string;
  readonly url: string;
  readonly code?: string;
}

export interface ServerProcess {
  readonly process: ChildProcess;
  readonly report: Report;
}

const SCRIPT = `
import { startPostgres } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
try {
  const { pid, dataDir, url } = await startPostgres(JSON.parse(process.argv[1]));
  console.log(JSON.stringify({ pid, dataDir, url: url() }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code ?? error.stack }));
}
// Without this the process would end: a server keeps nobody waiting.
if (process.argv[2] === 'stay') setInterval(() => {}, 1000);
`;

/** An unprivileged user id that every system has a name for. */
export const NOBODY = 65_534;

/** True where we are root and other users can run this checkout. */
export const othersCanRunUs =
  process.getuid?.() === 0 &&
  [import.meta.dirname, dirname(process.execPath)].every((dir) => canEnter({ uid: NOBODY }, dir));

/** Starts a server from another Node.js process, which stays, or ends without a word. */
export async function serverProcess(
  options: StartOptions,
  { end = 'stay', uid }: { end?: 'stay' | 'leave'; uid?: number } = {},
): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@tothub/source',
      '--input-type=module',
      '-e',
      SCRIPT,
      JSON.stringify(options),
      end,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: '/',
      env: { PATH: process.env.PATH ?? '' },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  );
  for await (const line of createInterface(child.stdout)) {
    if (end === 'leave') await once(child, 'exit');
    return { process: child, report: JSON.parse(line) as Report };
  }
  throw new Error('The process ended without a report.');
}

/** Waits until neither server nor, where one is named, folder is left. */
export async function expectGone({ pid, dataDir }: Report, folder?: string): Promise<void> {
  const left = () => isServing(dataDir, pid) || (folder !== undefined && existsSync(folder));
  for (let waited = 0; waited < 10_000 && left(); waited += 20) await sleep(20);
  expect({
    served: isServing(dataDir, pid),
    folder: folder !== undefined && existsSync(folder),
  }).toEqual({
    served: false,
    folder: false,
  });
}
