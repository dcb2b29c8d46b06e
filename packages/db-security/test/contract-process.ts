/** A process of its own that expands and contracts, to be killed at any moment: <url> <key file> <treatments>. */
import pg from 'pg';
import { contractSecrets, expandSecrets, readKeyFile } from '../src/index.ts';

const [url, keyFile, treatments] = process.argv.slice(2) as [string, string, string];
const db = new pg.Client(url);
await db.connect();
const options = {
  db,
  keyRing: await readKeyFile(keyFile),
  treatments: JSON.parse(treatments),
  batchSize: 7,
  quarantine: { schema: 'public', name: 'data_quarantine' },
  onProgress: (progress: object) => process.send?.(progress),
};
await expandSecrets(options);
await contractSecrets(options);
await db.end();
process.disconnect?.();
