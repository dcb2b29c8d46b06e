import type { Check } from '../check.ts';
import { auditEnabled } from './audit-enabled.ts';
import { documentationMatches } from './documentation-matches.ts';
import { foreignKeysIndexed, foreignKeysValid } from './foreign-keys.ts';
import { keyQueriesUseIndex } from './key-queries-use-index.ts';
import { migrationsApplied } from './migrations-applied.ts';
import { noPlaintextCredentials } from './no-plaintext-credentials.ts';
import { valuesKept } from './values-kept.ts';
import { verifiedBackup } from './verified-backup.ts';

/** The checklist, in the order in which it is read. */
export const checks: readonly Check[] = [
  migrationsApplied,
  foreignKeysValid,
  foreignKeysIndexed,
  keyQueriesUseIndex,
  noPlaintextCredentials,
  auditEnabled,
  verifiedBackup,
  documentationMatches,
  valuesKept,
];
