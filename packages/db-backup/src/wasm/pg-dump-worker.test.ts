import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { PgDumpWorkerData, PgDumpWorkerMessage } from './pg-dump-worker.ts';

/** An `ErrorResponse` and `ReadyForQuery`. */
function refusal(said: string): Buffer {
  const fields = Buffer.from(`SERROR\0C42501\0M${said}\0\0`);
  const header = Buffer.from('E\0\0\0\0');
  header.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, fields, Buffer.from('Z\0\0\0\x05I')]);
}

it('waits for an answer, also when the notification of the one before comes late', async () => {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const parameters = { server_version: '15.18', is_superuser: 'on' };
  const workerData: PgDumpWorkerData = { args: [], parameters, answered };
  const worker = new Worker(new URL('./pg-dump-worker.ts', import.meta.url), {
    workerData,
    stdout: true,
    stderr: true,
  });
  const failure = await new Promise<string>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message: PgDumpWorkerMessage) => {
      if ('failure' in message) resolve(message.failure);
      if (!('request' in message)) return;
      for (let late = 0; late < 1_000_000; late++) Atomics.notify(answered, 0);
      worker.postMessage(refusal('not today'));
      Atomics.store(answered, 0, 1);
      Atomics.notify(answered, 0);
    });
  });
  await worker.terminate();
  expect(failure).toContain('not today');
});
