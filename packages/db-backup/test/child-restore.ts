/**
 * A process of its own that restores and stops dead at a phase, or after so many events of progress, waiting to be
 * killed: `node child-restore.ts URL PATH PHASE COUNT [OPTIONS as JSON]`. It prints "stopped" then, and "done" where it came to its end.
 */
import { writeSync } from 'node:fs';
import { restoreBackup } from '../src/restore-backup.ts';

const [, , into = '', path = '', wanted = '', count = '1', options = '{}'] = process.argv;
let seen = 0;
await restoreBackup(path, {
  ...JSON.parse(options),
  into,
  onProgress({ phase }) {
    if (phase !== wanted || ++seen < Number(count)) return;
    writeSync(1, 'stopped\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
writeSync(1, 'done\n');
