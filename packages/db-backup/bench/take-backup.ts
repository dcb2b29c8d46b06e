/**
 * One backup in a process of its own: `node take-backup.ts DIRECTORY ENGINE HASH [RECIPIENT]`, the URL in the variable
 * BENCH_URL. Prints its size and the most memory that the process held.
 */
import { generateKeyPairSync } from 'node:crypto';
import { type ContentHash, createBackup, type EngineChoice } from '../src/index.ts';

const [, , directory = '', engine = 'native', contentHash = 'full', recipient] = process.argv;
const { manifest } = await createBackup({
  connectionString: process.env.BENCH_URL ?? '',
  directory,
  engine: engine as EngineChoice,
  contentHash: contentHash as ContentHash,
  ...(recipient !== undefined && {
    encryption: { recipients: [recipient] },
    signingKey: generateKeyPairSync('ed25519').privateKey,
  }),
});
const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
console.log(JSON.stringify({ bytes, memoryMb: process.resourceUsage().maxRSS / 1024 }));
