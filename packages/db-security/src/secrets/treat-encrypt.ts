import { type Decision, DONE, EMPTY, keep, write } from '../columns/decision.ts';
import { CiphertextRejectedError } from '../errors.ts';
import { isCiphertext } from '../fields/ciphertext.ts';
import { decryptField, encryptField, type FieldOptions } from '../fields/encrypt-field.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { DIFFERS, NOT_EXPANDED, type Treater } from './treater.ts';
import { type EncryptTreatment, logicalNameOf } from './treatment.ts';
import { classifyValue } from './value-kind.ts';

/** Values that are read back: encrypted as they are. */
export function treatEncrypt(
  treatment: EncryptTreatment,
  { keyRing }: { keyRing: KeyRing },
): Treater {
  const name = logicalNameOf(treatment);
  const leave: ReadonlySet<string> = new Set(treatment.leave);
  const whyNot = (old: string): Decision | undefined => {
    if (old === '') return EMPTY;
    if (isCiphertext(old)) return keep('is a ciphertext of this package already');
    const kind = classifyValue(old);
    return leave.has(kind) ? keep(`looks like ${kind}, which this treatment leaves`) : undefined;
  };
  return {
    async expand({ old, key, targets: [target] }) {
      const value = old ?? '';
      const decided = whyNot(value);
      if (decided !== undefined) return decided;
      const field = { keyRing, context: { ...name, key } };
      return opensTo(target, value, field) ? DONE : write(encryptField(value, field));
    },
    async contract({ old, key, targets: [target] }) {
      const value = old ?? '';
      const decided = whyNot(value);
      if (decided !== undefined) return decided;
      if (target == null) return NOT_EXPANDED;
      return opensTo(target, value, { keyRing, context: { ...name, key } }) ? write(null) : DIFFERS;
    },
  };
}

/** The plaintext of a ciphertext of this row, or undefined when there is none or it is not this row's. */
export function open(
  ciphertext: string | null | undefined,
  field: FieldOptions,
): string | undefined {
  if (ciphertext == null) return undefined;
  try {
    return decryptField(ciphertext, field);
  } catch (error) {
    if (error instanceof CiphertextRejectedError) return undefined;
    throw error;
  }
}

/** Whether a ciphertext of this row gives exactly this plaintext. */
export function opensTo(
  ciphertext: string | null | undefined,
  plaintext: string,
  field: FieldOptions,
): boolean {
  return open(ciphertext, field) === plaintext;
}
