/**
 * A process of its own that begins a backup and stops dead in the middle of the dump, waiting to be killed:
 * `node child-backup.ts URL DIRECTORY ENGINE [RECIPIENT]`. With TEST_GO_ON it does not stop.
 */
import { writeSync } from 'node:fs';
import { createBackup } from '../src/create-backup.ts';
import type { EngineChoice } from '../src/engine.ts';

const [, , connectionString = '', directory = '', engine = 'auto', recipient] = process.argv;
await createBackup({
  connectionString,
  directory,
  engine: engine as EngineChoice,
  ...(recipient !== undefined && { encryption: { recipients: [recipient] } }),
  onProgress({ phase }) {
    if (phase !== 'dump' || process.env.TEST_GO_ON) return;
    writeSync(1, 'dumping\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
