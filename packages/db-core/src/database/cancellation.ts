/** Cancels what one connection runs, and sees to it that nothing later on that connection is hit. */
import { setTimeout as delay } from 'node:timers/promises';
import { type BackendKey, requestCancel } from './cancel-request.ts';
import type { ServerAddress } from './server-address.ts';

/** A server that has not answered by then will not, and the connection is given up. */
const PATIENCE_MS = 3_000;
const FIRST_PAUSE_MS = 50;

/**
 * Asks the server to cancel until `ended` resolves: a request that comes before its statement does nothing. Resolves
 * when the last request has been dealt with; only then may the connection be used again. Calls `giveUp` when the
 * server does not react.
 */
export async function cancelUntil(
  ended: Promise<unknown>,
  target: { readonly address: ServerAddress; readonly key: BackendKey },
  giveUp: () => void,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let hasEnded = false;
  const end = ended.then(
    () => {
      hasEnded = true;
    },
    () => {
      hasEnded = true;
    },
  );
  for (let pauseMs = FIRST_PAUSE_MS; !hasEnded; pauseMs *= 2) {
    const leftMs = Math.ceil(deadline - performance.now());
    if (leftMs <= 0) {
      giveUp();
      return;
    }
    try {
      await requestCancel(target.address, target.key, leftMs);
    } catch {
      // Unreachable, or not encrypted: a request that may still be on its way must not meet another statement.
      giveUp();
      return;
    }
    await Promise.race([end, delay(Math.min(pauseMs, leftMs))]);
  }
}
