import { type MigrationProblem, MigrationRefusedError } from './errors.ts';
import { chainChecksum } from './files/checksum.ts';
import type { Migration } from './files/read-migrations.ts';
import { isFruitless, isInPlace, type LedgerRow } from './ledger/ledger.ts';

/** The files and the ledger, held against each other. */
export interface Reconciliation {
  /** What keeps `up` from going on. */
  readonly problems: readonly MigrationProblem[];
  /** In order: not in place yet, an interrupted one included. */
  readonly pending: readonly Migration[];
  /** Attempts of which nothing was kept and whose file is gone. */
  readonly forgettable: readonly string[];
  /** Chain of the last migration in place; empty before the first. */
  readonly chain: string;
}

/** Compares the migrations of a folder with the rows of a ledger, both in order of version. */
export function reconcile(
  migrations: readonly Migration[],
  rows: readonly LedgerRow[],
): Reconciliation {
  const files = new Map(migrations.map((m) => [m.version, m]));
  const problems: MigrationProblem[] = [];
  const forgettable: string[] = [];
  let chain = '';
  let newest = '';
  const report = (kind: MigrationProblem['kind'], version: string, message: string): void => {
    problems.push({ kind, version, message });
  };
  for (const row of rows) {
    const { version } = row;
    const title = `${version}_${row.name}`;
    const file = files.get(version);
    if (isInPlace(row)) {
      if (!file) {
        report('missing', version, `${title} was applied and its file is gone. Restore the file.`);
      } else if (file.up.checksum !== row.checksum) {
        report(
          'edited',
          version,
          `${file.up.file} was edited after it was applied. Restore it, and put the change into a new migration.`,
        );
      } else if (row.chain !== chainChecksum(chain, version, file.up.sql)) {
        report(
          'broken chain',
          version,
          `The chain of the ledger breaks at ${title}: a row before it was removed or altered. Restore the ledger from a backup.`,
        );
      }
      chain = row.chain ?? '';
      newest = version;
    } else if (row.direction === 'down') {
      report(
        'half reverted',
        version,
        `${title} is half reverted. Run down again to finish; it resumes.`,
      );
    } else if (!file) {
      if (isFruitless(row)) forgettable.push(version);
      else {
        report('missing', version, `${title} was begun and its file is gone. Restore the file.`);
      }
    }
  }
  const inPlace = new Set(
    rows.filter((r) => r.direction === 'down' || isInPlace(r)).map((r) => r.version),
  );
  const pending = migrations.filter((m) => !inPlace.has(m.version));
  for (const { version, up } of pending) {
    if (version < newest) {
      report(
        'out of order',
        version,
        `${up.file} is older than ${newest}, which is applied. Give it the next free number.`,
      );
    }
  }
  return { problems, pending, forgettable, chain };
}

/**
 * A version as the caller may write it (`7`, `0007`) in its four digits.
 *
 * @throws MigrationRefusedError when none of `known` has it.
 */
export function findVersion(wanted: string, known: readonly string[], where: string): string {
  const version = wanted.padStart(4, '0');
  if (known.includes(version)) return version;
  throw new MigrationRefusedError(
    `There is no migration ${JSON.stringify(wanted)} in ${where}. Name one by its number, for example 0007.`,
  );
}
