import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ageKeys } from '../test/age-keys.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';

const directory = temporaryFolder();
const { identity, recipient } = await ageKeys();
const source = await testDatabase();
const MEGABYTES = 96;
/** Run from the sources, it takes 35 MiB more for reading TypeScript, and as much again in the thread of WebAssembly. */
const limitMb = (engine: string) => (engine === 'native' ? 200 : 240);

beforeAll(async () => {
  // Sixteen pieces that compress little, one after the other, so far apart that no compressor sees them again.
  await execute(
    source.url,
    `CREATE TABLE noise AS WITH piece AS MATERIALIZED (
       SELECT (SELECT string_agg(translate(encode(sha512(convert_to(i || ':' || j, 'UTF8')), 'base64'), E'\\n', ''), '')
         FROM generate_series(1, 11916) AS j) AS piece FROM generate_series(1, 16) AS i)
     SELECT piece FROM generate_series(1, ${MEGABYTES / 16}), piece`,
  );
});
afterAll(() => source.drop());

async function run(...args: string[]): Promise<{ path: string; maxRssMb: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@tothub/source',
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(new URL('../test/child-memory.ts', import.meta.url)),
    ...args,
  ]);
  return JSON.parse(stdout);
}

it.for(await enginesHere())(
  'needs no more memory for much data, by the engine %s',
  {
    timeout: 120_000,
  },
  async (engine) => {
    const backup = await run('backup', source.url, directory, engine, recipient);
    const dump = engine === 'native' ? 'dump.pgdump.age' : 'dump.tothub.age';
    expect((await stat(join(backup.path, dump))).size).toBeGreaterThan(MEGABYTES * 700_000);
    expect(backup.maxRssMb).toBeLessThan(limitMb(engine));
    if (engine === 'wasm') return;
    const keyFile = join(directory, 'identity');
    await writeFile(keyFile, identity, { mode: 0o600 });
    const target = await testDatabase();
    const restored = await run('restore', target.url, backup.path, keyFile);
    await target.drop();
    expect(restored.maxRssMb).toBeLessThan(limitMb(engine));
  },
);
