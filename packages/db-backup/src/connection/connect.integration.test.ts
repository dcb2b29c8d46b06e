import { once } from 'node:events';
import { type AddressInfo, connect as connectTo, createServer } from 'node:net';
import { pgbouncerBinary, startPgbouncer } from '@tothub/db-testkit';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesHere, execute } from '../../test/databases.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { createBackup } from '../create-backup.ts';
import { ConnectionFailedError, PoolerConnectionError } from '../errors.ts';
import { verifyBackup } from '../verify-backup.ts';
import { withConnection } from './connect.ts';

const directory = temporaryFolder();
let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
  await execute(source.url, 'CREATE TABLE t AS SELECT 1 AS id');
});
afterAll(() => source.drop());

const ask = (url: string) =>
  withConnection(url, undefined, (client) => client.query('SELECT 1 AS one'));

it.for(await enginesHere())(
  'goes to the direct host of a pooled one, and says so, by the engine %s',
  async (engine) => {
    const url = new URL(source.url);
    url.hostname = 'localhost-pooler';
    const options = { connectionString: url.href, directory, engine };
    const { path, warnings } = await createBackup(options);
    expect(warnings).toEqual([
      'localhost-pooler is a transaction pooler, which cannot hold a snapshot; localhost is used instead. Give the direct address to have peace.',
    ]);
    expect((await verifyBackup(path, options)).ok).toBe(true);
  },
);

describe.skipIf(pgbouncerBinary() === undefined)('behind PgBouncer', () => {
  it('is refused where sessions are lent for one transaction', async () => {
    await using pooler = await startPgbouncer({ url: source.url });
    await expect(ask(pooler.url)).rejects.toThrow(PoolerConnectionError);
  });

  it('goes on where each connection keeps its session', async () => {
    await using pooler = await startPgbouncer({ url: source.url, mode: 'session' });
    expect((await ask(pooler.url)).rows).toEqual([{ one: 1 }]);
  });
});

/** What a server says that is starting: FATAL, 57P03. */
function starting(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}

it('asks a server again that says it is starting', async () => {
  const target = new URL(source.url);
  const url = new URL(source.url);
  let asked = 0;
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (++asked <= 3) {
      client.once('data', () => client.end(starting()));
      return;
    }
    const real = connectTo(Number(target.port), target.hostname);
    real.on('error', () => undefined);
    client.pipe(real).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await ask(url.href)).rows).toEqual([{ one: 1 }]);
  expect(asked).toBe(4);
  server.close();
});

it('refuses a log-in that is not bound to TLS where the address demands that', async () => {
  const error: unknown = await ask(`${source.url}&channel_binding=require`).catch(
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectionFailedError);
  expect((error as Error).message).toContain('demands channel binding');
});
