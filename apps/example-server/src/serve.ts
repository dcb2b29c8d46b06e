import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where to listen. */
export interface ServeOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** A server that accepts requests. */
export interface Served {
  readonly url: string;
  /** Accepts no more, lets running requests end, and breaks those that are not done in time. */
  stop(graceMs: number): Promise<void>;
}

/** Serves the app. Resolves when it accepts requests. */
export async function serve(app: RequestListener, { host, port }: ServeOptions): Promise<Served> {
  const server = createServer(app).listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    async stop(graceMs) {
      const closed = once(server, 'close');
      server.close();
      // A connection that is kept alive stays open after its last answer.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(deadline);
    },
  };
}
