/** Servers and networks that stop answering without a word: nothing may wait for them for ever. */
import type pg from 'pg';

const FAREWELL_TIMEOUT_MS = 2_000;

/** Breaks the connection when the server says nothing for too long, or the caller gives up. */
export async function unlessSilent(
  client: pg.Client,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const breakOff = (): void => void client.connection.stream.destroy();
  const timer = setTimeout(breakOff, timeoutMs);
  signal?.addEventListener('abort', breakOff, { once: true });
  try {
    await work();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', breakOff);
  }
}

/** Closes a session politely; by force, when the server or the network does not answer any more. */
export async function hangUp(client: pg.Client): Promise<void> {
  const force = setTimeout(() => client.connection.stream.destroy(), FAREWELL_TIMEOUT_MS);
  await client.end().catch(() => undefined);
  clearTimeout(force);
}
