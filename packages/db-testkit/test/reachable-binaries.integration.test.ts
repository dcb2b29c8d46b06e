import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canEnter, reachableBinDir, serverAccount } from '@tothub/db-embedded/parts';
import { expect, test } from 'vitest';

/** A folder that holds a program, laid out as an installed server, closed to others. */
function closedProgram(): { folder: string; binDir: string } {
  const folder = mkdtempSync('/tmp/testkit-programs-');
  const binDir = join(folder, 'native', 'bin');
  mkdirSync(binDir, { recursive: true });
  writeFileSync(join(binDir, 'postgres'), '#!/bin/sh\nid -u\n');
  chmodSync(join(binDir, 'postgres'), 0o700);
  return { folder, binDir };
}

const set = (binDir: string) =>
  ({ binDir, version: '0.0', major: 0, source: 'npm', pgDump: undefined }) as const;

test.runIf(process.getuid?.() === 0)(
  'programs in a closed folder are copied once to where the account can run them',
  async () => {
    const { folder, binDir } = closedProgram();
    const account = serverAccount();
    expect(canEnter(account, binDir)).toBe(false);
    const [copy, again] = await Promise.all([
      reachableBinDir(set(binDir), account),
      reachableBinDir(set(binDir), account),
    ]);
    try {
      expect(copy).toBe(again);
      expect(copy).not.toBe(binDir);
      const ran = execFileSync(join(copy, 'postgres'), { ...account, cwd: '/', encoding: 'utf8' });
      expect(Number(ran)).toBe(account.uid);
    } finally {
      for (const dir of [folder, dirname(copy)]) rmSync(dir, { recursive: true });
    }
  },
);

test('programs that the account can run stay where they are', async () => {
  const { folder, binDir } = closedProgram();
  expect(await reachableBinDir(set(binDir), {})).toBe(binDir);
  rmSync(folder, { recursive: true });
});
