/**
 * A proxy of HTTP that breaks what it carries: real sockets between the real SDK and the real server. `fault` decides for
 * each request what becomes of it.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';

export type Fault =
  /** Answers by itself with an error of S3. */
  | { readonly answer: number; readonly code: string }
  /** Passes on so many bytes of the request's body, then resets the connection. */
  | { readonly resetRequestAfter: number }
  /** Passes on so many bytes of the answer's body, then resets the connection. */
  | { readonly resetAnswerAfter: number }
  /** Carries the request, and resets the connection instead of answering. */
  | 'lose the answer'
  | { readonly delayMs: number };

export interface FaultyProxy {
  readonly endpoint: string;
  fault: (method: string, url: URL, headers: IncomingMessage['headers']) => Fault | undefined;
  /** Method and path of every request, in their order. */
  readonly seen: string[];
  /** Ends every connection and takes no more. */
  cut(): void;
}

export async function faultyProxy(upstream: string): Promise<FaultyProxy> {
  const proxy: FaultyProxy & { fault: FaultyProxy['fault'] } = {
    endpoint: '',
    fault: () => undefined,
    seen: [],
    cut() {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', upstream);
    proxy.seen.push(`${incoming.method} ${url.pathname}${url.search}`);
    const fault = proxy.fault(incoming.method ?? '', url, incoming.headers);
    carry(upstream, incoming, outgoing, fault).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => proxy.cut());
  return Object.assign(proxy, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
}

async function carry(
  upstream: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (typeof fault === 'object' && 'answer' in fault) {
    incoming.resume();
    answer(outgoing, fault.answer, fault.code);
    return;
  }
  if (typeof fault === 'object' && 'delayMs' in fault) await sleep(fault.delayMs);
  const { hostname, port } = new URL(upstream);
  const { method, url: path, headers } = incoming;
  const onward = request({ hostname, port, method, path, headers });
  onward.on('error', () => outgoing.destroy());
  const answered = new Promise<IncomingMessage>((resolve) => onward.once('response', resolve));
  let left =
    typeof fault === 'object' && 'resetRequestAfter' in fault ? fault.resetRequestAfter : -1;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    if (left >= 0 && chunk.length > left) {
      incoming.socket.resetAndDestroy();
      onward.destroy();
      return;
    }
    left -= left < 0 ? 0 : chunk.length;
    if (!onward.write(chunk)) await new Promise((resolve) => onward.once('drain', resolve));
  }
  onward.end();
  const response = await answered;
  if (fault === 'lose the answer') {
    for await (const _ of response);
    incoming.socket.resetAndDestroy();
    return;
  }
  outgoing.writeHead(response.statusCode ?? 500, response.headers);
  left = typeof fault === 'object' && 'resetAnswerAfter' in fault ? fault.resetAnswerAfter : -1;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const piece = left >= 0 ? chunk.subarray(0, left) : chunk;
    if (!outgoing.write(piece)) await new Promise((resolve) => outgoing.once('drain', resolve));
    left -= left < 0 ? 0 : piece.length;
    if (left === 0) {
      await sleep(20);
      incoming.socket.resetAndDestroy();
      return;
    }
  }
  outgoing.end();
}

function answer(outgoing: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>for the test</Message></Error>`;
  outgoing.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  outgoing.end(body);
}
