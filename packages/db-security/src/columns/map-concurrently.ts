/**
 * Maps a list with at most `limit` calls under way, results in the list's order. What shares a pool of workers with
 * a server's logins must not put a whole page into its queue at once. After a failure no further call is begun.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  fn: (item: T) => R | Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const entries = items.entries(); // Shared: each worker takes the next.
  let hasFailed = false;
  const work = async (): Promise<void> => {
    try {
      for (const [i, item] of entries) {
        if (hasFailed) return;
        results[i] = await fn(item);
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
