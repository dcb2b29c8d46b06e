import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadMigratedFixture, rows } from './migrated-fixture.ts';
import { API_TOKEN, SCHEMA_TOKEN } from './running-app.ts';
import { lockTable } from './table-lock.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await loadMigratedFixture(database.url);
});
afterAll(() => database?.drop());

function start(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--conditions=@tothub/source', main], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

interface Started extends Disposable {
  readonly server: ChildProcess;
  readonly url: string;
}

async function started(): Promise<Started> {
  const server = start({ DATABASE_URL: database.url, API_TOKEN, SCHEMA_TOKEN, PORT: '0' });
  if (!server.stderr) throw new Error('The server has no stderr.');
  for await (const line of createInterface(server.stderr)) {
    const { listening: url } = JSON.parse(line) as { listening: string };
    return { server, url, [Symbol.dispose]: () => void server.kill('SIGKILL') };
  }
  throw new Error('The server ended before it listened.');
}

const headers = { authorization: `Bearer ${API_TOKEN}` };

test('SIGTERM lets the running request end, takes no new one, and leaves no connection', async () => {
  using running = await started();
  const { server, url } = running;
  await using lock = await lockTable(database.url, 'public.children');
  const answer = fetch(`${url}/children`, { headers });
  await lock.expectWaiting(1);
  server.kill('SIGTERM');
  server.kill('SIGTERM');
  await expect
    .poll(() =>
      fetch(`${url}/healthz`).then(
        () => 'accepted',
        () => 'refused',
      ),
    )
    .toBe('refused');
  const exit = once(server, 'exit');
  await lock[Symbol.asyncDispose]();
  const response = await answer;
  expect(response.status).toBe(200);
  expect(((await response.json()) as { items: unknown[] }).items.length).toBeGreaterThan(0);
  expect(await exit).toEqual([0, null]);
  expect(
    await rows(
      database.url,
      'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    ),
  ).toEqual([]);
});

test('a connection that is kept alive does not keep the server', async () => {
  using running = await started();
  const { server, url } = running;
  expect((await fetch(`${url}/children`, { headers })).status).toBe(200);
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([0, null]);
});

test('what is missing in the environment is named, what is there not repeated', async () => {
  const server = start({ DATABASE_URL: database.url, API_TOKEN: 'hush', PORT: '-1' });
  if (!server.stderr) throw new Error('The server has no stderr.');
  const said = await text(server.stderr);
  expect(server.exitCode ?? (await once(server, 'exit'))[0]).toBe(1);
  expect(said).toContain('API_TOKEN, SCHEMA_TOKEN, PORT');
  expect(said).not.toContain('hush');
  expect(said).not.toContain(database.url);
});
