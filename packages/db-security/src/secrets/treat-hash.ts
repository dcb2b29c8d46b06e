import { type Decision, DONE, EMPTY, keep, write } from '../columns/decision.ts';
import { hashCredential } from '../credentials/hash-credential.ts';
import { whyRefused } from '../credentials/prepare-secret.ts';
import { verifyCredential } from '../credentials/verify-credential.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { createLegacyDecrypt } from './legacy-cipher.ts';
import { DIFFERS, NOT_EXPANDED, type Treater } from './treater.ts';
import type { HashTreatment } from './treatment.ts';
import { classifyValue } from './value-kind.ts';

/** What a PIN looks like. Nothing else is accepted from a legacy ciphertext, which proves nothing by itself. */
const PIN = /^\d{4,12}$/;

/** PINs and passwords: hashed with the pepper. What may be a hash, a ciphertext or an identifier never is. */
export function treatHash(
  treatment: HashTreatment,
  options: { keyRing: KeyRing; legacyCipherKey?: string | undefined; cost?: number | undefined },
): Treater {
  const { keyRing, cost } = options;
  const decrypt =
    treatment.legacyCipher === true && options.legacyCipherKey !== undefined
      ? createLegacyDecrypt(options.legacyCipherKey)
      : undefined;

  /** The secret that an old value stands for, or why none can be had from it. */
  const plaintextOf = (old: string): { secret: string } | Decision => {
    const kind = classifyValue(old);
    if (kind === 'empty') return EMPTY;
    if (kind === 'hash') return DONE;
    if (kind === 'ciphertext' && treatment.legacyCipher === true) {
      if (decrypt === undefined) return keep('legacy ciphertext, and no key was given');
      const secret = decrypt(old.trim(), PIN);
      return secret === undefined
        ? keep('legacy ciphertext that the key does not open')
        : { secret };
    }
    if (kind !== 'digits' && kind !== 'text')
      return keep(`looks like ${kind}, which is not hashed`);
    if (whyRefused(old, true) !== undefined) return keep('no text that can be hashed');
    return { secret: kind === 'digits' ? old.trim() : old };
  };

  return {
    async expand({ old, targets: [target] }) {
      const found = plaintextOf(old ?? '');
      if (!('secret' in found)) return found;
      if (treatment.target === undefined) return keep('not a hash, and no target to hash it into');
      if (
        target != null &&
        (await verifyCredential(found.secret, target, { keyRing })) === 'match'
      ) {
        return DONE;
      }
      return write(await hashCredential(found.secret, { keyRing, cost }));
    },
    async contract({ old, targets: [target] }) {
      const found = plaintextOf(old ?? '');
      if (!('secret' in found)) return found;
      if (target == null) return NOT_EXPANDED;
      const verification = await verifyCredential(found.secret, target, { keyRing });
      return verification === 'match' ? write(null) : DIFFERS;
    },
  };
}
