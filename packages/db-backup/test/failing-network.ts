import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** How a connection dies: by force, in silence, or by one side's hanging up while the other still talks. */
export type NetworkFault = 'reset' | 'silence' | 'server hangs up' | 'client hangs up';

/** A network in front of a server, which fails after so many bytes and does not come back. */
export interface FailingNetwork {
  /** The target's URL, through the network. */
  readonly url: string;
  /** Bytes that have passed, to and fro. */
  readonly bytes: number;
  /** Resolves when it fails. */
  readonly failed: Promise<void>;
  close(): Promise<void>;
}

/** Stands in front of the server of a database URL. */
export async function failingNetwork(
  target: string,
  fault: NetworkFault,
  afterBytes: number,
): Promise<FailingNetwork> {
  const url = new URL(target);
  const [host, port] = [url.hostname, Number(url.port)];
  const pairs = new Set<{ readonly client: Socket; readonly server: Socket }>();
  const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
  let bytes = 0;
  let isDown = false;

  const breakPair = ({ client, server }: { client: Socket; server: Socket }): void => {
    if (fault === 'reset') for (const socket of [client, server]) socket.resetAndDestroy();
    if (fault === 'server hangs up') client.end();
    if (fault === 'client hangs up') server.end();
  };
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ host, port, allowHalfOpen: true });
    const pair = { client, server };
    pairs.add(pair);
    if (isDown) breakPair(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => pairs.delete(pair));
      from.on('end', () => to.end());
      from.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (!isDown && bytes > afterBytes) {
          isDown = true;
          fail();
          for (const each of pairs) breakPair(each);
        }
        // What hangs up on one side only goes on talking on the other.
        const isHeard =
          !isDown || (fault === 'client hangs up' && from === server && !to.writableEnded);
        if (isHeard && !to.destroyed && !to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    url: url.href,
    get bytes() {
      return bytes;
    },
    failed,
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      await closed;
    },
  };
}
