/**
 * A process of its own that backs up, verifies or restores, to be killed at any moment:
 * `node child-run.ts backup URL DIRECTORY ENGINE`, `node child-run.ts verify URL PATH`, `node child-run.ts restore URL PATH`.
 */
import { createBackup } from '../src/create-backup.ts';
import type { EngineChoice } from '../src/engine.ts';
import { restoreBackup } from '../src/restore-backup.ts';
import { verifyBackup } from '../src/verify-backup.ts';

const [, , task, url = '', place = '', engine = 'auto'] = process.argv;
if (task === 'backup') {
  const choice = engine as EngineChoice;
  await createBackup({ connectionString: url, directory: place, engine: choice });
} else if (task === 'verify') {
  const { ok } = await verifyBackup(place, { connectionString: url });
  process.exitCode = ok ? 0 : 3;
} else {
  await restoreBackup(place, { into: url });
}
