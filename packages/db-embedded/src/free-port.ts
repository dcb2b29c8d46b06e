import { createServer } from 'node:net';
import { ServerStartError } from './errors.ts';

function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(address && typeof address === 'object' ? address.port : undefined),
      );
    });
  });
}

export async function isFreePort(port: number): Promise<boolean> {
  return (await probe(port)) !== undefined;
}

/** A port of 127.0.0.1 that nothing listens on: one the system gives, or the first free one of `PGTEST_PORTS` (`from-to`). */
export async function freePort(): Promise<number> {
  const range = /^(\d+)-(\d+)$/.exec(process.env.PGTEST_PORTS ?? '');
  const [first, last] = [Number(range?.[1] ?? 0), Number(range?.[2] ?? 0)];
  for (let port = first; port <= last; port++) {
    const free = await probe(port);
    if (free !== undefined) return free;
  }
  throw new ServerStartError(
    `No free port on 127.0.0.1${range ? ` from ${first} to ${last}` : ''}. Free one, or change PGTEST_PORTS.`,
  );
}
