import {
  type Catalog,
  type CatalogDifference,
  diffCatalogs,
  type IgnoredProperty,
  readCatalog,
} from '@tothub/db-catalog';
import type { Session } from './connection/session.ts';
import { BaselineMismatchError, MigrationRefusedError } from './errors.ts';
import { chainChecksum } from './files/checksum.ts';
import { readMigrations } from './files/read-migrations.ts';
import { isFruitless, isInPlace, type LedgerRow } from './ledger/ledger.ts';
import { withRunner } from './lock/with-runner.ts';
import type { ResolvedOptions } from './options.ts';
import { findVersion } from './reconcile.ts';

export interface BaselineOptions {
  /** Last version that the database already holds. */
  readonly through: string;
  /** What the database must hold, and may exceed; compared on the schemas named in it. */
  readonly expected?: Catalog;
  /** What of a difference does not count. @default owners, grants, comments, positions, database, encoding, server and extension versions */
  readonly ignore?: readonly IgnoredProperty[];
}

export interface BaselineResult {
  /** Versions recorded now; empty when all were recorded before. */
  readonly recorded: string[];
  /** What the database has beyond the expected catalog. */
  readonly additions: CatalogDifference[];
}

const IGNORED: readonly IgnoredProperty[] = [
  'owner',
  'grants',
  'comment',
  'position',
  'database',
  'encoding',
  'server',
  'extension version',
];

/** Records migrations as present without running them. See {@link Migrator.baseline}. */
export async function baseline(
  options: ResolvedOptions,
  { through, expected, ignore = IGNORED }: BaselineOptions,
): Promise<BaselineResult> {
  const files = await readMigrations(options.directory);
  const last = findVersion(
    through,
    files.map((m) => m.version),
    options.directory,
  );
  const migrations = files.filter((m) => m.version <= last);
  const prepare = async (all: readonly LedgerRow[], worker: Session) => {
    // Somebody may have tried `up` first: a legacy database makes that fail at once.
    const fruitless = all.filter(isFruitless).map((r) => r.version);
    const rows = all.filter((r) => !isFruitless(r));
    const inPlace = new Set(rows.filter(isInPlace).map((r) => r.version));
    if (migrations.every((m) => inPlace.has(m.version))) return null;
    if (rows.length > 0) {
      throw new MigrationRefusedError(
        `The ledger begins with ${rows[0]?.version}, so this database is not new to it. Run migrate up instead.`,
      );
    }
    const schemas = expected?.schemas.map((s) => s.name);
    const actual = await readCatalog(worker.client, schemas ? { schemas } : {});
    return { fruitless, additions: compare(actual, options.ledgerSchema, expected, ignore) };
  };
  return withRunner(options, prepare, async ({ ledger, control, lease }, prepared) => {
    if (!prepared) return { recorded: [], additions: [] };
    let chain = '';
    const entries = migrations.map(({ version, name, up }) => {
      chain = chainChecksum(chain, version, up.sql);
      const { actor, toolVersion } = options;
      return { version, name, checksum: up.checksum, chain, actor, toolVersion };
    });
    await ledger.forget(control.client, lease.owner, prepared.fruitless);
    await ledger.baseline(control.client, lease.owner, entries);
    return { recorded: entries.map((e) => e.version), additions: prepared.additions };
  });
}

function compare(
  actual: Catalog,
  ledgerSchema: string,
  expected: Catalog | undefined,
  ignore: readonly IgnoredProperty[],
): CatalogDifference[] {
  if (!actual.relations.some((r) => r.schema !== ledgerSchema)) {
    throw new MigrationRefusedError(
      'The database is empty, so there is nothing to baseline. Run migrate up: it creates everything.',
    );
  }
  if (!expected) return [];
  const differences = diffCatalogs(expected, actual, { ignore });
  const mismatches = differences.filter((d) => d.change !== 'added');
  if (mismatches.length > 0) throw new BaselineMismatchError(mismatches);
  return differences;
}
