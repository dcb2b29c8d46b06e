export type {
  AccessGrant,
  DatabaseAccess,
  DefaultAccess,
  ObjectAccess,
  RecordedAccess,
} from './access/recorded-access.ts';
export type { BackupGate, BackupGateOptions, GateAnswer } from './backup-gate.ts';
export { createBackupGate } from './backup-gate.ts';
export type { Check } from './check.ts';
export type { CompareContentsOptions, ContentDifference } from './compare-contents.ts';
export { compareContents } from './compare-contents.ts';
export { connectionWarnings } from './connection/connection-warnings.ts';
export type { CreateBackupOptions, CreatedBackup } from './create-backup.ts';
export { createBackup } from './create-backup.ts';
export type { BackupEncryption, BackupIdentity } from './encryption/encryption.ts';
export type { EngineCandidate, EngineChoice, EngineDescription } from './engine.ts';
export { describeEngines } from './engine.ts';
export {
  BackupDamagedError,
  BackupError,
  BackupFailedError,
  BackupKeyError,
  BackupSwappedError,
  ConnectionFailedError,
  ConnectionStringError,
  EngineUnavailableError,
  IdentityMissingError,
  PoolerConnectionError,
  RestoreFailedError,
  RestoreUnfinishedError,
  ScratchDatabaseError,
  SelectionError,
  SignatureInvalidError,
  SignatureMissingError,
  StorageAddressError,
  StorageDeniedError,
  StorageError,
  StorageLockedError,
  TableExistsError,
  TableLockedError,
  TargetInUseError,
  TargetLacksError,
  TargetNotEmptyError,
  ToolFailedError,
  UnreadableObjectsError,
  UntrustedKeyError,
  WrongIdentityError,
} from './errors.ts';
export type { BackupListing, InspectBackupOptions } from './inspect-backup.ts';
export { inspectBackup } from './inspect-backup.ts';
export type { BackupKeys, PublicBackupKeys } from './keys/backup-keys.ts';
export { createBackupKeys, readBackupKeys, readPassphraseFile } from './keys/backup-keys.ts';
export { listBackups } from './list-backups.ts';
export type { OnProgress, ProgressEvent } from './progress.ts';
export type { PruneOptions, PruneResult } from './prune-backups.ts';
export { pruneBackups } from './prune-backups.ts';
export type { RestoreDifference } from './restore/differences.ts';
export type { RestoreReport } from './restore/plan-restore.ts';
export type { RestoreBackupOptions, RestoreResult } from './restore/restore-options.ts';
export type { KeptDatabase, UndoneSwap } from './restore/undo-swap.ts';
export { listKeptDatabases, undoRestore } from './restore/undo-swap.ts';
export { describeRestore, restoreBackup } from './restore-backup.ts';
export type { RetentionPolicy, RetentionReason } from './retention/plan-retention.ts';
export type { ScratchDatabaseOptions } from './scratch-database.ts';
export { withScratchDatabase } from './scratch-database.ts';
export type { LeftOut, Selection, SelectionOptions } from './selection/selection.ts';
export type { ContentHash, Sample } from './snapshot/fingerprint.ts';
export type { FileRecord } from './storage/checked-file.ts';
export type {
  BackupManifest,
  DatabaseIdentity,
  ManifestContents,
  ManifestHead,
  ManifestSequence,
  ManifestTable,
  SealedManifest,
  SealedManifestHead,
} from './storage/manifest.ts';
export { isS3Address, resolveBackupAddress } from './storage/open-storage.ts';
export type { Receipt } from './storage/receipt.ts';
export { VERIFICATION_LEVELS, type VerificationLevel } from './verify/verification-level.ts';
export type { VerifyBackupOptions, VerifyResult } from './verify-backup.ts';
export { verifyBackup } from './verify-backup.ts';
