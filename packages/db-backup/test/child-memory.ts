/**
 * A process of its own that takes an encrypted backup, or restores one, and prints the most memory it held, in MiB:
 * `node child-memory.ts backup URL DIRECTORY ENGINE RECIPIENT`, `node child-memory.ts restore URL PATH IDENTITY_FILE`.
 */
import { readFile } from 'node:fs/promises';
import { createBackup } from '../src/create-backup.ts';
import type { EngineChoice } from '../src/engine.ts';
import { restoreBackup } from '../src/restore-backup.ts';

const [, , task, url = '', place = '', third = '', recipient = ''] = process.argv;
let path = place;
if (task === 'backup') {
  const encryption = { recipients: [recipient] };
  ({ path } = await createBackup({
    connectionString: url,
    directory: place,
    engine: third as EngineChoice,
    contentHash: 'none',
    encryption,
  }));
} else {
  await restoreBackup(path, { into: url, identities: [(await readFile(third, 'utf8')).trim()] });
}
process.stdout.write(JSON.stringify({ path, maxRssMb: process.resourceUsage().maxRSS / 1024 }));
