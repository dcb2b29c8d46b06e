import { stripJsonSecrets } from './json-secrets.ts';
import type { SecretTreatment } from './treatment.ts';
import { classifyValue } from './value-kind.ts';

/** Whether whoever reads the old column of a treatment can read a secret from this value. */
export function isInClear(treatment: SecretTreatment, old: string): boolean {
  const kind = classifyValue(old);
  if (kind === 'empty') return false;
  switch (treatment.treatment) {
    case 'hash':
      return kind !== 'hash';
    case 'encrypt':
      return treatment.leave?.includes(kind) !== true;
    case 'encrypt-json':
      return stripJsonSecrets(old, treatment.secretKeys)?.secrets.length !== 0;
    case 'blind-index':
    case 'reduce': // Of these only rows that would still change are read.
      return true;
  }
}
