import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterHome } from './cluster-home.ts';
import { ServerStartError } from './errors.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { readPostmasterFile } from './postmaster-file.ts';

/** Crash recovery of a kept cluster can take a while; more than this is a fault. */
const START_TIMEOUT_MS = 120_000;

/**
 * Starts `postgres` on a cluster and waits until it accepts connections.
 * @throws ServerStartError with the end of the server's log.
 */
export async function launch(
  binDir: string,
  home: ClusterHome,
  settings: Readonly<Record<string, string>>,
): Promise<GuardedProcess> {
  const server = startGuarded({
    command: join(binDir, 'postgres'),
    args: [
      '-D',
      home.dataDir,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    account: home.account,
    cwd: home.dataDir,
    stopSignal: home.stopSignal,
    scratch: home.scratch,
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const file = readPostmasterFile(home.dataDir);
    if (file?.pid === server.pid && file?.status === 'ready') break;
    if (server.failure() || server.hasEnded() || Date.now() > deadline) {
      await server.stop('SIGQUIT');
      throw new ServerStartError(
        `postgres did not start on ${home.dataDir}. The end of its log says why:\n${server.log()}`,
        { cause: server.failure() },
      );
    }
    await sleep(10);
  }
  // Nothing here keeps the caller's process alive: when it ends, the watchdog stops the server.
  server.unref();
  return server;
}
