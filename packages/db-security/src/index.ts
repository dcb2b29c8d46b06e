export type {
  AuditedTable,
  AuditOperation,
  AuditStatus,
  TriggerState,
} from './audit/audit-status.ts';
export { auditStatus } from './audit/audit-status.ts';
export type { EnableAuditOptions, EnableAuditResult } from './audit/enable-audit.ts';
export { disableAudit, enableAudit } from './audit/enable-audit.ts';
export type { AuditOptions } from './audit/install-audit.ts';
export { installAudit } from './audit/install-audit.ts';
export { withActor } from './audit/with-actor.ts';
export type { KeptRows } from './columns/tally.ts';
export type { HashOptions } from './credentials/hash-credential.ts';
export { ensureHashed, hashCredential, needsRehash } from './credentials/hash-credential.ts';
export type { BcryptVariant, StoredHash } from './credentials/stored-hash.ts';
export { identifyHash } from './credentials/stored-hash.ts';
export type { Verification } from './credentials/verify-credential.ts';
export { verifyCredential } from './credentials/verify-credential.ts';
export {
  AbortedError,
  CiphertextRejectedError,
  ConnectionLostError,
  FieldContextError,
  HashWorkerError,
  KeyFileError,
  SecretRefusedError,
  SecurityError,
  SessionRequiredError,
  StatementError,
  TreatmentError,
  UnknownKeyError,
  UnsupportedHashError,
} from './errors.ts';
export type { BlindIndexOptions, Normalisation } from './fields/blind-index.ts';
export { blindIndex } from './fields/blind-index.ts';
export { ciphertextLength, isCiphertext } from './fields/ciphertext.ts';
export type { FieldOptions } from './fields/encrypt-field.ts';
export { decryptBytes, decryptField, encryptBytes, encryptField } from './fields/encrypt-field.ts';
export type { FieldContext } from './fields/field-context.ts';
export type { RebindOptions } from './fields/rebind-field.ts';
export { rebindField } from './fields/rebind-field.ts';
export { createKeyFile, readKeyFile } from './keys/key-file.ts';
export type { KeyPurpose, KeySet, NamedKey } from './keys/key-ring.ts';
export { KeyRing } from './keys/key-ring.ts';
export type { SecretProgress } from './progress.ts';
export type {
  FindPlaintextOptions,
  PlaintextPlace,
  PlaintextReport,
} from './search/find-plaintext.ts';
export { findPlaintext } from './search/find-plaintext.ts';
export type { LeftPlace, RedactionReport } from './search/redact-elsewhere.ts';
export type { UnsearchedRelation } from './search/text-columns.ts';
export type { ContractOptions, ContractReport } from './secrets/contract-secrets.ts';
export { contractSecrets } from './secrets/contract-secrets.ts';
export type { ExpandOptions } from './secrets/expand-secrets.ts';
export { expandSecrets } from './secrets/expand-secrets.ts';
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
