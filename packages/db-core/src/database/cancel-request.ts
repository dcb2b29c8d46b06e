/**
 * Asks the server to cancel what one of its processes runs, over a connection of its own that is encrypted like the
 * one it is about. PostgreSQL manual: 55.2.9, Canceling Requests in Progress.
 */
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ServerAddress } from './server-address.ts';

const CANCEL_REQUEST_CODE = 80_877_102;
const SSL_REQUEST_CODE = 80_877_103;
const YES = 'S'.charCodeAt(0);

/** What the server told a connection at its start. */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

/**
 * Sends the request. Resolves when the server has closed the connection: by then the signal is on its way ahead of
 * anything that is sent later, so that a statement sent after this cannot be hit. Rejects when nobody answered in time.
 */
export async function requestCancel(
  address: ServerAddress,
  { processId, secretKey }: BackendKey,
  timeoutMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const plain = address.host.startsWith('/')
    ? connect(`${address.host}/.s.PGSQL.${address.port}`)
    : connect(address.port, address.host);
  let socket: Socket = plain;
  // Whatever goes wrong shows in the waits below.
  plain.on('error', () => {});
  try {
    await once(plain, 'connect', { signal });
    if (address.tls !== false) socket = await encrypt(plain, address, signal);
    const request = Buffer.alloc(16);
    request.writeInt32BE(16, 0);
    request.writeInt32BE(CANCEL_REQUEST_CODE, 4);
    request.writeInt32BE(processId, 8);
    request.writeInt32BE(secretKey, 12);
    const closed = once(socket, 'close', { signal });
    socket.resume();
    socket.write(request);
    await closed;
  } finally {
    socket.destroy();
    plain.destroy();
  }
}

async function encrypt(
  plain: Socket,
  { host, tls, sslNegotiation }: ServerAddress,
  signal: AbortSignal,
): Promise<Socket> {
  if (sslNegotiation === 'postgres') {
    const request = Buffer.alloc(8);
    request.writeInt32BE(8, 0);
    request.writeInt32BE(SSL_REQUEST_CODE, 4);
    plain.write(request);
    const [answer] = (await once(plain, 'data', { signal })) as [Buffer];
    if (answer[0] !== YES) throw new Error('The server takes no encrypted cancel request.');
  }
  const socket = connectTls({
    socket: plain,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(sslNegotiation === 'direct' ? { ALPNProtocols: ['postgresql'] } : {}),
    ...tls,
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect', { signal });
  return socket;
}
