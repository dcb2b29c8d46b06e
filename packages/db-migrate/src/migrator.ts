import { type BaselineOptions, type BaselineResult, baseline } from './baseline.ts';
import { type DownOptions, type DownResult, down } from './down.ts';
import { type MigratorOptions, resolveOptions } from './options.ts';
import { type MigrationStatus, status } from './status.ts';
import { type UpOptions, type UpResult, up } from './up.ts';
import { type VerifyResult, verify } from './verify.ts';

/** The migrations of one folder and one database. Nothing connects before a method is called. */
export interface Migrator {
  /**
   * Lists every migration known to the folder or the ledger, in order. Writes nothing.
   *
   * @throws MigrationFileError · MigrationConnectionError
   */
  status(): Promise<MigrationStatus[]>;
  /**
   * Applies what is pending, in order, as the only runner. What failed or was killed before is resumed first. Names
   * resolve in `public` only and times are UTC, whatever the role has set. A dry run asks no backup gate.
   *
   * @example
   * ```ts
   * await migrator.up({ to: '0007' });
   * // BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = 500
   * // …the statements of 0007_name.up.sql, one by one…
   * // UPDATE tothub.migrations SET state = 'applied', …
   * // COMMIT
   * ```
   * @throws MigrationIntegrityError when applied files were edited, removed or joined by older ones.
   * @throws BackupRequiredError before any change, when a destructive migration has no backup behind it.
   * @throws MigrationFailedError naming file, line and SQLSTATE; the ledger says the same.
   * @throws MigrationLockedError · TransactionPoolerError · MigrationAbortedError · and the other MigrateErrors
   */
  up(options?: UpOptions): Promise<UpResult>;
  /**
   * Takes applied migrations back with their `.down.sql`, newest first: one, `steps`, or down to `to`. An up file
   * may have been edited since; that is how one is reworked during development.
   *
   * @throws MigrationRefusedError for a baselined migration, one without a down file, or a half applied one.
   */
  down(options?: DownOptions): Promise<DownResult>;
  /** Reports edited, missing and reordered files, a broken chain, unfinished migrations and INVALID indexes. */
  verify(): Promise<VerifyResult>;
  /**
   * Records migrations up to `through` as present, without running them, in a database that already holds them.
   * Once they are recorded, a second call changes nothing.
   *
   * @throws BaselineMismatchError when something expected is missing or different; nothing is recorded.
   * @throws MigrationRefusedError for an empty database, or one with other ledger entries.
   */
  baseline(options: BaselineOptions): Promise<BaselineResult>;
}

/**
 * Makes the runner for one folder of migrations and one database.
 *
 * @example
 * ```ts
 * const migrator = createMigrator({ connectionString: url, directory: 'migrations' });
 * const { applied } = await migrator.up();
 * ```
 * @throws RangeError for a duration that makes no sense.
 */
export function createMigrator(options: MigratorOptions): Migrator {
  const resolved = resolveOptions(options);
  return {
    status: () => status(resolved),
    up: (extent = {}) => up(resolved, extent),
    down: (extent = {}) => down(resolved, extent),
    verify: () => verify(resolved),
    baseline: (what) => baseline(resolved, what),
  };
}
