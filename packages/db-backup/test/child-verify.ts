/**
 * A process of its own that verifies on an embedded server and stops dead once it restores, after it printed the address
 * of that server: `node child-verify.ts PATH SERVER_BIN_DIR`.
 */
import { writeSync } from 'node:fs';
import { openBackup } from '../src/storage/open-backup.ts';
import { locateBackup } from '../src/storage/open-storage.ts';
import { withEmbeddedServer } from '../src/verify/with-embedded-server.ts';

const [, , path = '', serverBinDir = ''] = process.argv;
const backup = await openBackup(await locateBackup(path), {});
await withEmbeddedServer(backup, { serverBinDir }, async (url) => {
  writeSync(1, `${url}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
