import { DONE, EMPTY, keep, write } from '../columns/decision.ts';
import type { ColumnRow } from '../columns/read-rows.ts';
import { blindIndex } from '../fields/blind-index.ts';
import { encryptField } from '../fields/encrypt-field.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { blindIndexContext } from './blind-index-columns.ts';
import { opensTo } from './treat-encrypt.ts';
import { DIFFERS, NOT_EXPANDED, type Treater } from './treater.ts';
import { type BlindIndexTreatment, logicalNameOf } from './treatment.ts';
import { classifyValue } from './value-kind.ts';

/** Tokens that are looked up: blind index and, where a column for it is named, ciphertext. */
export function treatBlindIndex(
  treatment: BlindIndexTreatment,
  { keyRing }: { keyRing: KeyRing },
): Treater {
  const name = logicalNameOf(treatment);
  const digest = (old: string, keyId?: string): Promise<string> =>
    blindIndex(old, {
      keyRing,
      context: blindIndexContext(treatment),
      slow: treatment.slow ?? true,
      normalise: treatment.normalise,
      keyId,
    });
  const isExpanded = async (old: string, row: ColumnRow): Promise<boolean> => {
    const [lookup, ciphertext] = row.targets;
    const context = { ...name, key: row.key };
    if (treatment.ciphertext !== undefined && !opensTo(ciphertext, old, { keyRing, context })) {
      return false;
    }
    const keyId = /^bis?1:([^:]+):/.exec(lookup ?? '')?.[1];
    return keyId !== undefined && lookup === (await digest(old, keyId));
  };
  const whyKept = (old: string): string | undefined => {
    const kind = classifyValue(old);
    return kind === 'hash' || kind === 'ciphertext'
      ? `looks like ${kind}, which is not indexed`
      : undefined;
  };
  return {
    async expand(row) {
      const old = row.old ?? '';
      if (classifyValue(old) === 'empty') return EMPTY;
      const reason = whyKept(old);
      if (reason !== undefined) return keep(reason);
      if (await isExpanded(old, row)) return DONE;
      const values = [await digest(old)];
      if (treatment.ciphertext !== undefined) {
        values.push(encryptField(old, { keyRing, context: { ...name, key: row.key } }));
      }
      return write(...values);
    },
    async contract(row) {
      const old = row.old ?? '';
      if (classifyValue(old) === 'empty') return EMPTY;
      const reason = whyKept(old);
      if (reason !== undefined) return keep(reason);
      if (row.targets.includes(null)) return NOT_EXPANDED;
      return (await isExpanded(old, row)) ? write(null) : DIFFERS;
    },
  };
}
