export type { BackupGate, BackupGateOptions, GateAnswer } from './backup-gate.ts';
export { createBackupGate } from './backup-gate.ts';
export type { Check } from './check.ts';
export type { CompareContentsOptions, ContentDifference } from './compare-contents.ts';
export { compareContents } from './compare-contents.ts';
export type { CreateBackupOptions } from './create-backup.ts';
export { createBackup } from './create-backup.ts';
export type { EngineCandidate, EngineChoice, EngineDescription } from './engine.ts';
export { describeEngines } from './engine.ts';
export {
  BackupDamagedError,
  BackupError,
  BackupFailedError,
  ConnectionFailedError,
  ConnectionStringError,
  EngineUnavailableError,
  PoolerConnectionError,
  RestoreFailedError,
  ScratchDatabaseError,
  TableLockedError,
  TargetLacksError,
  TargetNotEmptyError,
  ToolFailedError,
  UnreadableObjectsError,
} from './errors.ts';
export type { BackupListing } from './list-backups.ts';
export { listBackups } from './list-backups.ts';
export type { OnProgress, ProgressEvent } from './progress.ts';
export type { PruneResult } from './prune-backups.ts';
export { pruneBackups } from './prune-backups.ts';
export type { RestoreBackupOptions, RestoreResult } from './restore-backup.ts';
export { restoreBackup } from './restore-backup.ts';
export type { RetentionPolicy, RetentionReason } from './retention/plan-retention.ts';
export type { ScratchDatabaseOptions } from './scratch-database.ts';
export { withScratchDatabase } from './scratch-database.ts';
export type { FileRecord } from './storage/checked-file.ts';
export type {
  BackupManifest,
  DatabaseIdentity,
  ManifestSequence,
  ManifestTable,
  SealedManifest,
} from './storage/manifest.ts';
export type { Receipt } from './storage/receipt.ts';
export type { VerifyBackupOptions, VerifyResult } from './verify-backup.ts';
export { verifyBackup } from './verify-backup.ts';
