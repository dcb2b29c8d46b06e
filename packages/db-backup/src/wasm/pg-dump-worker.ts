/**
 * Thread in which `pg_dump`, compiled to WebAssembly, runs. Its libpq writes and reads synchronously: each
 * request that the server answers is handed to the main thread, and this thread sleeps until the whole answer
 * is there. The start-up exchange is answered here, because the main thread has long been logged in (the
 * WebAssembly libpq speaks neither TLS nor channel binding).
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { pgDump } from '@electric-sql/pglite-tools/pg_dump';

/** What the main thread gives this one. */
export interface PgDumpWorkerData {
  readonly args: readonly string[];
  /** Parameter status messages of the real session. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Holds 1 when an answer waits on the port. */
  readonly answered: Int32Array;
}

/** What this thread sends: a request for the server, or how it ended. */
export type PgDumpWorkerMessage =
  | { readonly request: Uint8Array<ArrayBuffer> }
  | { readonly script: string }
  | { readonly failure: string };

type OnRawData = (bytes: Uint8Array) => void;

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const QUERY = 0x51;
const SYNC = 0x53;
const TERMINATE = 0x58;

const { args, parameters, answered } = workerData as PgDumpWorkerData;
const port = parentPort;
if (!port) throw new Error('This file runs as a worker thread only.');

let isStarted = false;
let unsent: Buffer<ArrayBuffer> = Buffer.alloc(0);
let requestBytes = 0;

/** Takes what libpq wrote, which may end in the middle of a message: only whole requests are passed on. */
function write(chunk: Uint8Array, onRawData: OnRawData): void {
  // A copy: the bytes lie in WebAssembly memory that may move.
  unsent = Buffer.concat([unsent, chunk]);
  for (;;) {
    const header = isStarted ? 1 : 0;
    if (unsent.length < requestBytes + header + 4) return;
    const end = requestBytes + header + unsent.readUInt32BE(requestBytes + header);
    if (unsent.length < end) return;
    if (!isStarted) {
      const code = unsent.readUInt32BE(4);
      unsent = unsent.subarray(end);
      if (code === SSL_REQUEST || code === GSS_REQUEST) {
        onRawData(Buffer.from('N'));
      } else {
        isStarted = true;
        onRawData(startupAnswer());
      }
      continue;
    }
    const type = unsent[requestBytes];
    requestBytes = end;
    if (type === TERMINATE) return;
    if (type === QUERY || type === SYNC) {
      const request = unsent.subarray(0, end);
      unsent = unsent.subarray(end);
      requestBytes = 0;
      onRawData(ask(request));
    }
  }
}

function ask(request: Uint8Array<ArrayBuffer>): Uint8Array {
  Atomics.store(answered, 0, 0);
  send({ request });
  // A wait may end without a new value: by the late notification of the answer before.
  while (Atomics.load(answered, 0) === 0) Atomics.wait(answered, 0, 0);
  return receiveMessageOnPort(port as NonNullable<typeof port>)?.message as Uint8Array;
}

function startupAnswer(): Buffer {
  const status = Object.entries(parameters).map(([name, value]) =>
    message('S', Buffer.from(`${name}\0${value}\0`)),
  );
  return Buffer.concat([
    message('R', Buffer.alloc(4)),
    ...status,
    message('K', Buffer.alloc(8)),
    message('Z', Buffer.from('I')),
  ]);
}

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function send(content: PgDumpWorkerMessage): void {
  port?.postMessage(content);
}

/** The part of PGlite that `pgDump` touches. */
const session = {
  query: async () => ({ rows: [{ search_path: '' }] }),
  exec: async () => [],
  execProtocolRawStream: (chunk: Uint8Array, { onRawData }: { onRawData: OnRawData }) =>
    write(chunk, onRawData),
};

try {
  const pg = session as unknown as Parameters<typeof pgDump>[0]['pg'];
  const file = await pgDump({ pg, args: [...args] });
  send({ script: await file.text() });
} catch (error) {
  send({ failure: error instanceof Error ? error.message : String(error) });
}
