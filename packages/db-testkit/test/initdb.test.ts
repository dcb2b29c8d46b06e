import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initdb } from '@tothub/db-embedded/parts';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'testkit-initdb-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = () => initdb(folder, 18, join(folder, 'data'), {});

test('names the programs that cannot be run', async () => {
  await expect(run()).rejects.toThrow(/could not be run \(spawn .*ENOENT\)/);
});

test.runIf(process.platform === 'linux')(
  'runs in a process group of its own: Ctrl-C in the terminal does not reach it',
  async () => {
    const program =
      '#!/bin/sh\necho "group $(cut -d" " -f5 /proc/$$/stat) of process $$" >&2\nexit 1\n';
    writeFileSync(join(folder, 'initdb'), program, { mode: 0o755 });
    await expect(run()).rejects.toThrow(/group (\d+) of process \1$/);
  },
);
