/** Lets a few things happen at once; the others wait for their turn. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes a `Limit`. */
export function atMost(count: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
