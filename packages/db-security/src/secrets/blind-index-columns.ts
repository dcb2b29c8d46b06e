import type { RotateBlindIndexOptions } from '../fields/blind-index-rotation.ts';
import { logicalNameOf, type SecretTreatment } from './treatment.ts';

/** What {@link rotateBlindIndex} must be told of a column that `expandSecrets` filled. */
export type BlindIndexColumn = Pick<
  RotateBlindIndexOptions,
  'table' | 'column' | 'source' | 'context' | 'slow' | 'normalise' | 'when'
>;

/**
 * The blind indexes that `blind-index` treatments fill, for their rotation. Their values come from the ciphertexts; one
 * without a ciphertext column is left out, because nothing is left to make it of once the old value is gone.
 *
 * @example
 * ```ts
 * for (const column of blindIndexColumnsOf(treatments)) await rotateBlindIndex({ db, keyRing, ...column });
 * ```
 */
export function blindIndexColumnsOf(treatments: readonly SecretTreatment[]): BlindIndexColumn[] {
  return treatments.flatMap((treatment) => {
    if (treatment.treatment !== 'blind-index' || treatment.ciphertext === undefined) return [];
    const { table, target, ciphertext, slow = true, normalise, when } = treatment;
    const logicalName = logicalNameOf(treatment);
    return [
      {
        table,
        column: target,
        source: { ciphertext, logicalName },
        context: blindIndexContext(treatment),
        slow,
        normalise,
        when,
      },
    ];
  });
}

/** The context that a treatment's indexes are made with. */
export function blindIndexContext(treatment: SecretTreatment): string {
  const { table, column } = logicalNameOf(treatment);
  return `${table}.${column}`;
}
