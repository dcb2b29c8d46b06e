import type { FieldColumn } from '../fields/field-column.ts';
import { encryptsWhole, logicalNameOf, type SecretTreatment, targetsOf } from './treatment.ts';

/**
 * The columns that treatments fill with ciphertexts, each once: what `rotateFields` is to rotate.
 * Treatments of one column that share its logical name need no `when` there.
 *
 * @example
 * ```ts
 * const reports = await rotateFields({ db, keyRing, columns: fieldColumnsOf(treatments), quarantine });
 * ```
 */
export function fieldColumnsOf(treatments: readonly SecretTreatment[]): FieldColumn[] {
  const columns = treatments.flatMap((treatment): FieldColumn[] => {
    const position = encryptsWhole(treatment);
    if (position === undefined) return [];
    const column = targetsOf(treatment)[position] as string;
    const { table, when } = treatment;
    return [{ table, column, when, logicalName: logicalNameOf(treatment) }];
  });
  return columns
    .map((each) => {
      const isAlone = columns.every(
        (other) => placeOf(other) !== placeOf(each) || nameOf(other) === nameOf(each),
      );
      return isAlone ? { ...each, when: undefined } : each;
    })
    .filter(
      (each, i, all) =>
        all.findIndex((other) => JSON.stringify(other) === JSON.stringify(each)) === i,
    );
}

function placeOf({ table: { schema, name }, column }: FieldColumn): string {
  return JSON.stringify([schema, name, column]);
}

function nameOf({ logicalName }: FieldColumn): string {
  return JSON.stringify([logicalName?.table, logicalName?.column]);
}
