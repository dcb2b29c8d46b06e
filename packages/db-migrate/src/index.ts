export type { BackupGate } from './backup-gate.ts';
export type { BaselineOptions, BaselineResult } from './baseline.ts';
export { assertDirectConnection, assertDirectHost } from './connection/direct-connection.ts';
export type { DownOptions, DownResult } from './down.ts';
export type { LockHolder, MigrationProblem, StatementPlace } from './errors.ts';
export {
  BackupRequiredError,
  BaselineMismatchError,
  IndexBuildError,
  LedgerPermissionError,
  MigrateError,
  MigrationAbortedError,
  MigrationConnectionError,
  MigrationConnectionLostError,
  MigrationFailedError,
  MigrationFileError,
  MigrationIntegrityError,
  MigrationLockedError,
  MigrationRefusedError,
  RunnerLockLostError,
  TransactionPoolerError,
} from './errors.ts';
export type { Blocker, Direction, EventListener, MigrateEvent } from './events.ts';
export type { Directives } from './files/directives.ts';
export { newMigration } from './files/new-migration.ts';
export type { Migration, MigrationScript } from './files/read-migrations.ts';
export { readMigrations } from './files/read-migrations.ts';
export type { LedgerRow } from './ledger/ledger.ts';
export type { Migrator } from './migrator.ts';
export { createMigrator } from './migrator.ts';
export type { MigratorOptions } from './options.ts';
export type { PlannedMigration } from './prepare-job.ts';
export type { FinishedMigration } from './run/run-migration.ts';
export type { MigrationStatus } from './status.ts';
export type { UpOptions, UpResult } from './up.ts';
export type { VerifyResult } from './verify.ts';
