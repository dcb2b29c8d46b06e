import type { RelationName } from '@tothub/db-catalog';
import type { SecretTreatment } from './treatment.ts';

/** Why rows were left as they are, and how many. */
export interface KeptRows {
  readonly reason: string;
  readonly count: number;
}

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

/** Counts while a treatment runs. */
export interface Tally {
  examined: number;
  written: number;
  alreadyDone: number;
  readonly kept: Map<string, number>;
}

export function newTally(): Tally {
  return { examined: 0, written: 0, alreadyDone: 0, kept: new Map() };
}

export function countKept(tally: Tally, reason: string, count = 1): void {
  if (count > 0) tally.kept.set(reason, (tally.kept.get(reason) ?? 0) + count);
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
    kept: [...tally.kept]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => (a.reason < b.reason ? -1 : 1)),
    breaks: treatment.breaks ?? [],
  };
}
