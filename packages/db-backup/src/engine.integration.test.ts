import { testCluster } from '@tothub/db-testkit/vitest';
import { expect, it } from 'vitest';
import { enginesHere } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { chooseEngine, describeEngines } from './engine.ts';

const binDir = temporaryFolder();

it('describes the engines of this machine and the one it would take', async () => {
  const { adminUrl, major } = testCluster();
  const { server, candidates, chosen } = await describeEngines({ connectionString: adminUrl });
  expect(server?.major).toBe(major);
  expect(candidates.at(-1)).toMatchObject({ engine: 'wasm', version: '18.3', fits: true });
  expect(chosen?.engine).toBe((await enginesHere())[0]);
  expect((await describeEngines()).server).toBeNull();
});

it('falls back to WebAssembly where no pg_dump fits', async () => {
  expect(await chooseEngine('auto', 15, binDir)).toEqual({ name: 'wasm', version: '18.3' });
});

it('says what it looked for when no engine fits', async () => {
  await expect(chooseEngine('native', 15, binDir)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[EngineUnavailableError: No native engine fits a PostgreSQL 15 server: no pg_dump was found. Install the PostgreSQL 15 client tools, or name their folder (binDir), or use the engine "wasm".]`,
  );
  await expect(chooseEngine('auto', 19, binDir)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[EngineUnavailableError: No engine fits a PostgreSQL 19 server: pg_dump 18.3 in WebAssembly is older than the server. Install the PostgreSQL 19 client tools, or name their folder (binDir).]`,
  );
});
