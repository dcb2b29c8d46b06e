export type {
  AuditedTable,
  AuditOperation,
  AuditStatus,
  TriggerState,
} from './audit/audit-status.ts';
export { auditStatus } from './audit/audit-status.ts';
export type { EnableAuditOptions, EnableAuditResult } from './audit/enable-audit.ts';
export { disableAudit, enableAudit } from './audit/enable-audit.ts';
export type { AuditAnchor } from './audit/evidence/anchor.ts';
export { parseAnchor, readAnchor } from './audit/evidence/anchor.ts';
export type { NotedBy, NotedErasure, NotedRetention } from './audit/evidence/findings.ts';
export type { AuditProblem, AuditProblemKind } from './audit/evidence/problem.ts';
export type { SealAuditOptions, SealAuditResult } from './audit/evidence/seal-audit.ts';
export { sealAudit } from './audit/evidence/seal-audit.ts';
export type {
  AuditVerification,
  VerifyAuditOptions,
  VerifyProgress,
} from './audit/evidence/verify-audit.ts';
export { verifyAudit } from './audit/evidence/verify-audit.ts';
export type { AsOf, AsOfColumn, AsOfOptions } from './audit/history/as-of.ts';
export { asOf } from './audit/history/as-of.ts';
export type { AsOfRow } from './audit/history/as-of-row.ts';
export type { AuditMoment } from './audit/history/audit-moment.ts';
export type { RowSelector } from './audit/history/history.ts';
export { history } from './audit/history/history.ts';
export type { LogEntry, LoggedValue, LoggedValues } from './audit/history/log-entry.ts';
export type { AuditLimit } from './audit/history/past-table.ts';
export type { RestoredColumn } from './audit/history/restore-plan.ts';
export type { RestoreRowOptions, RestoreRowResult } from './audit/history/restore-row.ts';
export { restoreRow } from './audit/history/restore-row.ts';
export type { Doubt, UnknownReason } from './audit/history/row-state.ts';
export type { AuditOptions } from './audit/install-audit.ts';
export { installAudit } from './audit/install-audit.ts';
export type { EraseAuditOptions, EraseAuditResult } from './audit/retention/erase-audit.ts';
export { eraseAudit } from './audit/retention/erase-audit.ts';
export type {
  MaintainAuditOptions,
  MaintainAuditResult,
  MaintainedMonth,
} from './audit/retention/maintain-audit.ts';
export { maintainAudit } from './audit/retention/maintain-audit.ts';
export { withActor } from './audit/with-actor.ts';
export type {
  ClassifiedValue,
  ClassTreatment,
  ColumnClass,
} from './columns/hash-column/column-class.ts';
export type { ColumnObstacle } from './columns/hash-column/find-dependents.ts';
export { hashColumn } from './columns/hash-column/hash-column.ts';
export type {
  HashColumnOptions,
  HashColumnReport,
} from './columns/hash-column/hash-column-options.ts';
export type { PlaintextRemains } from './columns/hash-column/plaintext-remains.ts';
export type { ClassCount } from './columns/hash-column/survey-column.ts';
export type { RewriteOptions } from './columns/rewrite-rows.ts';
export type { KeptRows } from './columns/tally.ts';
export type { Argon2Parameters, Argon2Variant } from './credentials/argon2-string.ts';
export type { CalibrateOptions } from './credentials/calibrate-cost.ts';
export { calibrateCost } from './credentials/calibrate-cost.ts';
export type { HashOptions, HashRunOptions } from './credentials/hash-credential.ts';
export { ensureHashed, hashCredential } from './credentials/hash-credential.ts';
export type { HashAnswer, HashJob } from './credentials/hash-job.ts';
export type {
  Argon2idCost,
  BcryptCost,
  HashAlgorithm,
  HashCost,
  HashParameters,
  ScryptCost,
} from './credentials/hash-parameters.ts';
export type { HashPool, HashPoolOptions } from './credentials/hash-pool.ts';
export { createHashPool } from './credentials/hash-pool.ts';
export { needsRehash } from './credentials/needs-rehash.ts';
export type { OtherHash } from './credentials/other-hash.ts';
export type { HashPlace, ReplaceHash } from './credentials/replace-stored-hash.ts';
export { replaceStoredHash } from './credentials/replace-stored-hash.ts';
export type { ScryptParameters } from './credentials/scrypt-string.ts';
export type { DigestOptions, SecretDigest } from './credentials/secret-digest.ts';
export type {
  Argon2Hash,
  BcryptHash,
  BcryptVariant,
  ScryptHash,
  StoredHash,
  VerifiableHash,
} from './credentials/stored-hash.ts';
export { identifyHash } from './credentials/stored-hash.ts';
export type { Rehash, VerifiedLogin } from './credentials/verify-and-rehash.ts';
export { verifyAndRehash } from './credentials/verify-and-rehash.ts';
export type { Verification } from './credentials/verify-credential.ts';
export { verifyCredential } from './credentials/verify-credential.ts';
export {
  AbortedError,
  AuditEvidenceError,
  AuditRefusedError,
  CiphertextRejectedError,
  ConnectionLostError,
  FieldContextError,
  HashWorkerError,
  KeyFileError,
  MissingDependencyError,
  SecretRefusedError,
  SecurityError,
  SessionRequiredError,
  StatementError,
  TreatmentError,
  UnknownKeyError,
  UnsupportedHashError,
} from './errors.ts';
export type { BlindIndexOptions, IndexedValue, Normalisation } from './fields/blind-index.ts';
export { blindIndex } from './fields/blind-index.ts';
export type { BlindIndexCandidatesOptions } from './fields/blind-index-candidates.ts';
export { blindIndexCandidates } from './fields/blind-index-candidates.ts';
export type {
  BlindIndexExposure,
  BlindIndexExposureOptions,
} from './fields/blind-index-exposure.ts';
export { blindIndexExposure } from './fields/blind-index-exposure.ts';
export type {
  BlindIndexRotationReport,
  BlindIndexSource,
  IndexedRow,
  RotateBlindIndexOptions,
} from './fields/blind-index-rotation.ts';
export { rotateBlindIndex } from './fields/blind-index-rotation.ts';
export { ciphertextLength, isCiphertext } from './fields/ciphertext.ts';
export type { FieldKeyCount } from './fields/count-field-keys.ts';
export type { FieldOptions } from './fields/encrypt-field.ts';
export { decryptBytes, decryptField, encryptBytes, encryptField } from './fields/encrypt-field.ts';
export type { FieldColumn } from './fields/field-column.ts';
export type { FieldContext } from './fields/field-context.ts';
export type { RebindOptions } from './fields/rebind-field.ts';
export { rebindField } from './fields/rebind-field.ts';
export type {
  FieldRotationReport,
  RejectedField,
  RotateFieldsOptions,
} from './fields/rotate-fields.ts';
export { rotateFields } from './fields/rotate-fields.ts';
export type { AddKeyOptions, KeyChoice } from './keys/change-key-file.ts';
export { addKey, setCurrentKey } from './keys/change-key-file.ts';
export { createKeyFile, readKeyFile } from './keys/key-file.ts';
export { KeyInUseError } from './keys/key-in-use-error.ts';
export type { KeyPurpose, KeySet, NamedKey } from './keys/key-ring.ts';
export { KeyRing } from './keys/key-ring.ts';
export type { KeyUse, KeyUseOptions, KeyUseReport } from './keys/key-uses.ts';
export { findKeyUses } from './keys/key-uses.ts';
export type { RetireKeyOptions } from './keys/retire-key.ts';
export { retireKey } from './keys/retire-key.ts';
export type { CreateMaskingOptions, MaskingResult } from './masking/create-masking-views.ts';
export { createMaskingViews } from './masking/create-masking-views.ts';
export type { DropMaskingOptions } from './masking/drop-masking-views.ts';
export { dropMaskingViews } from './masking/drop-masking-views.ts';
export type { Mask, MaskedTable } from './masking/mask.ts';
export type { MaskingStatus, MaskingViewStatus } from './masking/masking-status.ts';
export { maskingStatus } from './masking/masking-status.ts';
export type { MaskingOptions } from './masking/plan-views.ts';
export type { SecretProgress } from './progress.ts';
export type {
  FindPlaintextOptions,
  PlaintextPlace,
  PlaintextReport,
} from './search/find-plaintext.ts';
export { findPlaintext } from './search/find-plaintext.ts';
export type { LeftPlace, RedactionReport } from './search/redact-elsewhere.ts';
export type { UnsearchedRelation } from './search/text-columns.ts';
export type { BlindIndexColumn } from './secrets/blind-index-columns.ts';
export { blindIndexColumnsOf } from './secrets/blind-index-columns.ts';
export type { ContractOptions, ContractReport } from './secrets/contract-secrets.ts';
export { contractSecrets } from './secrets/contract-secrets.ts';
export type { ExpandOptions } from './secrets/expand-secrets.ts';
export { expandSecrets } from './secrets/expand-secrets.ts';
export { fieldColumnsOf } from './secrets/field-columns.ts';
export type { QuarantineOrigin } from './secrets/quarantine.ts';
export { decryptQuarantined } from './secrets/quarantine.ts';
export type { SecretRunOptions } from './secrets/run-treatment.ts';
export type { SecretScan } from './secrets/scan-secrets.ts';
export { scanSecrets } from './secrets/scan-secrets.ts';
export type {
  BlindIndexTreatment,
  EncryptJsonTreatment,
  EncryptTreatment,
  HashTreatment,
  ReduceTreatment,
  SecretTreatment,
} from './secrets/treatment.ts';
export { SECRET_KEYS, targetsOf } from './secrets/treatment.ts';
export type { TreatmentReport } from './secrets/treatment-report.ts';
export type { ValueKind } from './secrets/value-kind.ts';
export { classifyValue } from './secrets/value-kind.ts';
export type { TransactionalClient } from './session.ts';
