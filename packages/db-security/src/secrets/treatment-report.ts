import type { RelationName } from '@tothub/db-catalog';
import { type KeptRows, keptRows, type Tally } from '../columns/tally.ts';
import type { SecretTreatment } from './treatment.ts';

/** What a run found and did for one treatment. Counts only, never a value. */
export interface TreatmentReport {
  readonly table: RelationName;
  readonly column: string;
  readonly when?: SecretTreatment['when'];
  readonly treatment: SecretTreatment['treatment'];
  /** Rows that were looked at. */
  readonly examined: number;
  /** Rows that were changed, or in a dry run would be. */
  readonly written: number;
  /** Rows that needed nothing: done by an earlier run, or a hash from the start. */
  readonly alreadyDone: number;
  readonly kept: readonly KeptRows[];
  /** Reads that stop matching once the old values are gone, as the treatment names them. */
  readonly breaks: readonly string[];
}

/** The report of a finished treatment, reasons in alphabetical order. */
export function toReport(treatment: SecretTreatment, tally: Tally): TreatmentReport {
  return {
    table: treatment.table,
    column: treatment.column,
    ...(treatment.when === undefined ? {} : { when: treatment.when }),
    treatment: treatment.treatment,
    examined: tally.examined,
    written: tally.written,
    alreadyDone: tally.alreadyDone,
    kept: keptRows(tally),
    breaks: treatment.breaks ?? [],
  };
}
