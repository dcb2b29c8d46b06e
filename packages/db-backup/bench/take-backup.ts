/**
 * One backup by the built package, in a process of its own: `node take-backup.ts DIRECTORY ENGINE HASH JOBS [RECIPIENT]`,
 * the URL in the variable BENCH_URL. Prints its size.
 */
import { generateKeyPairSync } from 'node:crypto';
import { type ContentHash, createBackup, type EngineChoice } from '@tothub/db-backup';

const [, , directory = '', engine, contentHash, jobs, recipient] = process.argv;
const { manifest } = await createBackup({
  connectionString: process.env.BENCH_URL ?? '',
  directory,
  engine: engine as EngineChoice,
  contentHash: contentHash as ContentHash,
  jobs: Number(jobs),
  ...(recipient !== undefined && {
    encryption: { recipients: [recipient] },
    signingKey: generateKeyPairSync('ed25519').privateKey,
  }),
});
console.log(manifest.files.reduce((sum, file) => sum + file.bytes, 0));
