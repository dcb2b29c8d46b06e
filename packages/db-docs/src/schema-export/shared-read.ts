/**
 * Wraps an expensive read so that callers who overlap share one run of it, and those who come within `maxAgeMs` of
 * its start share its result. A run that fails is shared by those who wait for it, and forgotten.
 */
export function sharedRead<T>(read: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let running: Promise<T> | undefined;
  let kept: { readonly value: T; readonly until: number } | undefined;

  async function run(): Promise<T> {
    const until = performance.now() + maxAgeMs;
    const value = await read();
    if (maxAgeMs > 0) kept = { value, until };
    return value;
  }

  return async () => {
    if (kept && performance.now() < kept.until) return kept.value;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
