import { type Migration, readMigrations } from './files/read-migrations.ts';
import type { LedgerRow } from './ledger/ledger.ts';
import { lockKey } from './lock/advisory-lock.ts';
import { lockHolder } from './lock/holder.ts';
import type { ResolvedOptions } from './options.ts';
import { readLedger } from './read-ledger.ts';

/** One migration, from its file, the ledger, or both. */
export interface MigrationStatus {
  readonly version: string;
  readonly name: string;
  /**
   * `failed` also stands for a run that ended without a word, `running` for one that is at work now. `missing`
   * has a row and no file; `edited` was changed after it was applied.
   */
  readonly state: 'applied' | 'pending' | 'running' | 'failed' | 'missing' | 'edited' | 'baselined';
  /** What the ledger records; null for one that was never started. */
  readonly ledger: LedgerRow | null;
}

/** Lists every migration known to the folder or the ledger. See {@link Migrator.status}. */
export async function status(options: ResolvedOptions): Promise<MigrationStatus[]> {
  const files = new Map((await readMigrations(options.directory)).map((m) => [m.version, m]));
  return readLedger(options, async (rows, client) => {
    const key = lockKey(options.ledgerSchema, 'runner');
    const isRunning = (await lockHolder(client, key, options.ledgerSchema)) !== null;
    const ledger = new Map(rows.map((row) => [row.version, row]));
    return [...new Set([...files.keys(), ...ledger.keys()])].sort().map((version) => {
      const file = files.get(version);
      const row = ledger.get(version) ?? null;
      const name = file?.name ?? row?.name ?? '';
      return { version, name, state: stateOf(file, row, isRunning), ledger: row };
    });
  });
}

function stateOf(
  file: Migration | undefined,
  row: LedgerRow | null,
  isRunning: boolean,
): MigrationStatus['state'] {
  if (!row) return 'pending';
  if (!file) return 'missing';
  if (row.state === 'running') return isRunning ? 'running' : 'failed';
  if (row.state === 'failed') return 'failed';
  return row.checksum === file.up.checksum ? row.state : 'edited';
}
