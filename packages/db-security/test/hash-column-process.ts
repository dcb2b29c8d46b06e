/** A process of its own that hashes a column, to be killed at any moment: <url> <key file> <table as JSON> <column>. */
import pg from 'pg';
import { hashColumn } from '../src/columns/hash-column/hash-column.ts';
import { readKeyFile } from '../src/keys/key-file.ts';

const [url, keyFile, table, column] = process.argv.slice(2) as [string, string, string, string];
const db = new pg.Client(url);
await db.connect();
await hashColumn({
  db,
  table: JSON.parse(table),
  column,
  keyRing: await readKeyFile(keyFile),
  algorithm: 'argon2id',
  quarantine: { schema: 'public', name: 'data_quarantine' },
  batchSize: 3,
  onProgress: (progress) => process.send?.(progress),
});
await db.end();
process.disconnect?.();
