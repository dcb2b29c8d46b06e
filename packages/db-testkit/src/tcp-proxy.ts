import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Where to stand, and what to do to the data. */
export interface TcpProxyOptions {
  /** Database URL to stand in front of. */
  readonly target: string;
  /**
   * Sees every piece of data before it is passed on. It may wait (a slow network), call `cut` (a broken one),
   * or answer `false`: then the piece is dropped.
   * @default passes everything
   */
  readonly onData?: (
    chunk: Buffer,
    direction: 'to server' | 'to client',
  ) => undefined | false | Promise<undefined | false>;
}

/** A proxy that listens on a free port of 127.0.0.1. */
export interface TcpProxy {
  /** The target's URL, through the proxy. */
  readonly url: string;
  /** Breaks every open connection; new ones are accepted. */
  cut(): void;
  /** Breaks every connection and accepts no more. */
  close(): Promise<void>;
}

/**
 * A network that can fail, in front of a server.
 * @example
 * let bytes = 0;
 * const proxy = await tcpProxy({
 *   target: database.url,
 *   onData(chunk) {
 *     bytes += chunk.length;
 *     if (bytes > 10_000) proxy.cut();
 *   },
 * });
 */
export async function tcpProxy({ target, onData }: TcpProxyOptions): Promise<TcpProxy> {
  const url = new URL(target);
  const [host, port] = [url.hostname, Number(url.port || 5432)];
  const open = new Set<Socket>();

  async function pass(from: Socket, to: Socket, direction: 'to server' | 'to client') {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if ((await onData?.(chunk, direction)) === false) continue;
      if (to.destroyed) return;
      if (!to.write(chunk)) await once(to, 'drain');
    }
    to.end();
  }

  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  const listener = createServer((client) => {
    const server = connect(port, host);
    for (const [from, to, direction] of [
      [client, server, 'to server'],
      [server, client, 'to client'],
    ] as const) {
      open.add(from);
      from.once('close', () => open.delete(from));
      from.on('error', () => to.destroy());
      pass(from, to, direction).catch(() => to.destroy());
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  url.host = `127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`;
  return {
    url: url.href,
    cut,
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      cut();
      await closed;
    },
  };
}
