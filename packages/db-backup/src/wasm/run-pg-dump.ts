import { extname } from 'node:path';
import type { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type pg from 'pg';
import { connect } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { ToolFailedError } from '../errors.ts';
import type { PgDumpWorkerData, PgDumpWorkerMessage } from './pg-dump-worker.ts';
import { createAnswerReader } from './read-answers.ts';
import { hideRestrictLines, unhideRestrictLines, unhideRestrictText } from './restrict-lines.ts';

/** Version of the `pg_dump` inside pglite-tools 0.4.8. */
export const WASM_PG_DUMP = { version: '18.3', major: 18 } as const;

/**
 * Runs `pg_dump` compiled to WebAssembly against a real server and gives its script. `pg` does TLS and
 * the login; after that the thread with `pg_dump` speaks over the same socket.
 *
 * @throws ToolFailedError with what `pg_dump` said
 */
export async function runPgDump(
  connectionString: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const client = await connect(connectionString, { signal });
  const breakOff = (): void => void client.connection.stream.destroy();
  signal?.addEventListener('abort', breakOff, { once: true });
  const socket = await parametersThenSocket(client);
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const workerData: PgDumpWorkerData = { args, parameters: socket.parameters, answered };
  const file = new URL(`./pg-dump-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, {
    workerData,
    stdout: true,
    stderr: true,
    // The thread takes over the flags of this process, and with this one it could not begin.
    ...(process.execArgv.some((flag) => flag.startsWith('--input-type')) && { execArgv: [] }),
  });
  try {
    return await converse(worker, socket.stream, answered, signal);
  } finally {
    signal?.removeEventListener('abort', breakOff);
    await worker.terminate();
    socket.stream.destroy();
  }
}

/** Carries requests and answers to and fro until the thread has its script. */
function converse(
  worker: Worker,
  socket: Duplex,
  answered: Int32Array,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => () => reject(new ToolFailedError(`${what}. Run again.`));
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    socket.once('close', fail('The connection was lost while pg_dump read the definitions'));
    worker.once('exit', fail('The thread of pg_dump ended early'));
    worker.once('error', reject);
    const onData = createAnswerReader((answer) => {
      worker.postMessage(hideRestrictLines(answer));
      Atomics.store(answered, 0, 1);
      Atomics.notify(answered, 0);
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        onData(chunk);
      } catch (error) {
        reject(error);
      }
    });
    worker.on('message', (message: PgDumpWorkerMessage) => {
      if ('request' in message) socket.write(unhideRestrictLines(Buffer.from(message.request)));
      else if ('script' in message) resolve(unhideRestrictText(message.script));
      else
        reject(new ToolFailedError(`${complaint(message.failure)}. Mend the cause and run again.`));
    });
  });
}

/** Reads what libpq wants to know of the session, then takes the socket away from `pg`'s own parser. */
async function parametersThenSocket(
  client: pg.Client,
): Promise<{ parameters: Record<string, string>; stream: Duplex }> {
  const rows = await queryRows<{ name: string; setting: string }>(
    client,
    `SELECT name, setting FROM pg_settings WHERE name IN ('server_version', 'server_encoding',
       'client_encoding', 'standard_conforming_strings', 'integer_datetimes', 'DateStyle', 'IntervalStyle',
       'TimeZone', 'is_superuser', 'in_hot_standby', 'default_transaction_read_only')
     UNION ALL SELECT 'session_authorization', session_user`,
  );
  const parameters = Object.fromEntries(rows.map((row) => [row.name, row.setting]));
  return new Promise((resolve) => {
    // A query that never ends: pg hands it the connection, then waits until the socket closes.
    const query = {
      submit: ({ stream }: pg.Connection) => {
        stream.removeAllListeners('data');
        resolve({ parameters, stream });
      },
      handleError: () => undefined,
    };
    client.query(query);
  });
}

/** What `pg_dump` complained about, without the detail, which may show a query. Its lines come joined. */
function complaint(failure: string): string {
  const said = /\berror: (.*?)(?=[\w.-]+: (?:detail|hint|error|warning): |$)/s.exec(failure)?.[1];
  return `pg_dump failed: ${said ?? failure}`.trim();
}
