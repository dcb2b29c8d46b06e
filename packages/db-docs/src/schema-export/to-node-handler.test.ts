import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { serve } from '../../test/serve.ts';
import { toNodeHandler } from './to-node-handler.ts';

async function raw(url: string, head: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(`${head}\r\nHost: evil"\r\nConnection: close\r\n\r\n`);
  return (await text(socket)).split('\r\n')[0] ?? '';
}

test('passes method, path, query and headers, and gives back status, headers and body', async () => {
  await using server = await serve(
    toNodeHandler(async (request) => {
      const { pathname, search } = new URL(request.url);
      const said = [request.method, pathname, search, request.headers.get('x-many')].join(' ');
      return new Response(said, { status: 418, headers: { 'X-Two': 'a, b' } });
    }),
  );
  const response = await fetch(`${server.url}a/b?c=d`, {
    method: 'DELETE',
    headers: [
      ['X-Many', '1'],
      ['X-Many', '2'],
    ],
  });
  expect(response.status).toBe(418);
  expect(response.headers.get('x-two')).toBe('a, b');
  expect(await response.text()).toBe('DELETE /a/b ?c=d 1, 2');
});

test.each(['TRACE / HTTP/1.1', 'GET // HTTP/1.1'])('%s is answered with 400', async (head) => {
  await using server = await serve(toNodeHandler(async () => new Response('reached')));
  expect(await raw(server.url, head)).toBe('HTTP/1.1 400 Bad Request');
  expect(await raw(server.url, 'GET / HTTP/1.1')).toBe('HTTP/1.1 200 OK');
});

test('what the handler throws is 500 without a word, or for next', async () => {
  const failing = toNodeHandler(() => Promise.reject(new Error('hush')));
  await using server = await serve(failing);
  const response = await fetch(server.url);
  expect([response.status, await response.text()]).toEqual([500, '']);
  await using express = await serve((request, answer) => {
    failing(request, answer, (error) => answer.end(`next: ${(error as Error).message}`));
  });
  expect(await (await fetch(express.url)).text()).toBe('next: hush');
});

test('the signal aborts when the client leaves', async () => {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  await using server = await serve(
    toNodeHandler(async (request) => {
      reach();
      await new Promise<void>((done) => request.signal.addEventListener('abort', () => done()));
      resolve();
      return new Response(null);
    }),
  );
  const leaving = new AbortController();
  const answer = fetch(server.url, { signal: leaving.signal }).catch(() => 'left');
  await reached;
  leaving.abort();
  await aborted;
  expect(await answer).toBe('left');
});
