/**
 * `pnpm --filter @tothub/db-security bench`. With `--write` the tables go into docs/benchmarks.md; `--quick` only
 * shows that everything runs; `--only hashing` runs, and writes, one part; `--supa-audit FILE` names the SQL file of
 * supa_audit (supa_audit--0.3.0.sql in its repository) to run beside ours.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { writeSection } from '@tothub/db-testkit';
import { benchAudit } from './audit.ts';
import { benchEvidence } from './evidence.ts';
import { benchHashing } from './hashing.ts';

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean' },
    quick: { type: 'boolean' },
    only: { type: 'string' },
    'supa-audit': { type: 'string' },
  },
});

/** The parts in the order of the page. */
const PARTS: Readonly<Record<string, (options: { quick: boolean }) => Promise<string>>> = {
  hashing: benchHashing,
  audit: ({ quick }) => benchAudit({ quick, supaAudit: flags['supa-audit'] }),
  evidence: benchEvidence,
};

const machine = `Node.js ${process.version}, ${availableParallelism()} cores, server and client on the same machine.`;
for (const [name, bench] of Object.entries(PARTS)) {
  if (flags.only !== undefined && flags.only !== name) continue;
  const tables = await bench({ quick: flags.quick === true });
  if (flags.write) await writeSection(`db-security ${name}`, `${machine}\n\n${tables}`);
}
