/** A process of its own that rotates, to be killed at any moment: <url> <key file> <columns>. */
import pg from 'pg';
import { rotateFields } from '../src/fields/rotate-fields.ts';
import { readKeyFile } from '../src/keys/key-file.ts';

const [url, keyFile, columns] = process.argv.slice(2) as [string, string, string];
const db = new pg.Client(url);
await db.connect();
await rotateFields({
  db,
  keyRing: await readKeyFile(keyFile),
  columns: JSON.parse(columns),
  batchSize: 7,
  onProgress: (progress) => process.send?.(progress),
});
await db.end();
process.disconnect?.();
