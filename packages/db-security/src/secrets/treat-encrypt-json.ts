import { isDeepStrictEqual } from 'node:util';
import { DONE, EMPTY, keep, write } from '../columns/decision.ts';
import { encryptField } from '../fields/encrypt-field.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { stripJsonSecrets } from './json-secrets.ts';
import { open } from './treat-encrypt.ts';
import { DIFFERS, NOT_EXPANDED, type Treater } from './treater.ts';
import { type EncryptJsonTreatment, logicalNameOf } from './treatment.ts';

/** JSON with secrets in it: the whole is encrypted, and contraction takes only the secrets out of the old text. */
export function treatEncryptJson(
  treatment: EncryptJsonTreatment,
  { keyRing }: { keyRing: KeyRing },
): Treater {
  const name = logicalNameOf(treatment);
  const strip = (text: string) => stripJsonSecrets(text, treatment.secretKeys);
  return {
    async expand({ old, key, targets: [target] }) {
      if (old === null || old === '') return EMPTY;
      const field = { keyRing, context: { ...name, key } };
      const expanded = open(target, field);
      if (expanded === old) return DONE;
      const hasNoSecret = strip(old)?.secrets.length === 0;
      const kept = expanded === undefined ? undefined : strip(expanded);
      if (hasNoSecret && kept !== undefined && kept.secrets.length > 0) {
        // The ciphertext is now the only place of these secrets: it must not be replaced by what lacks them.
        return isSameJson(kept.text, old) ? DONE : keep('changed since its secrets were taken out');
      }
      return write(encryptField(old, field));
    },
    async contract({ old, key, targets: [target] }) {
      if (old === null || old === '') return EMPTY;
      const stripped = strip(old);
      if (stripped === undefined)
        return keep('not JSON, so its secrets cannot be told from the rest');
      if (stripped.secrets.length === 0) return DONE;
      if (target == null) return NOT_EXPANDED;
      const field = { keyRing, context: { ...name, key } };
      return open(target, field) === old ? write(stripped.text) : DIFFERS;
    },
  };
}

/** jsonb prints what it was given in an order and spacing of its own. */
function isSameJson(a: string, b: string): boolean {
  return a === b || isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}
