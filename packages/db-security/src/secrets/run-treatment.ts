import type { Decision } from '../columns/decision.ts';
import type { KeyedTable } from '../columns/keyed-table.ts';
import type { ColumnRow } from '../columns/read-rows.ts';
import { type RewriteOptions, rewriteRows } from '../columns/rewrite-rows.ts';
import type { RowWrite } from '../columns/write-rows.ts';
import { withoutValues } from '../errors.ts';
import { createTreater, type TreaterOptions } from './create-treater.ts';
import { describeSecretTable } from './describe-secret-table.ts';
import type { Treater } from './treater.ts';
import { type SecretTreatment, selectionOf } from './treatment.ts';
import { type TreatmentReport, toReport } from './treatment-report.ts';

/** What expansion and contraction are told. */
export interface SecretRunOptions extends TreaterOptions, RewriteOptions {
  readonly treatments: readonly SecretTreatment[];
}

/** One direction of a run. */
export interface Phase {
  readonly name: 'expand' | 'contract';
  decide(treater: Treater, row: ColumnRow): Promise<Decision>;
  /** Writes the decided rows and gives those that had not changed meanwhile. */
  apply(
    table: KeyedTable,
    treatment: SecretTreatment,
    writes: readonly RowWrite[],
  ): Promise<readonly RowWrite[]>;
}

/** Runs one phase of one treatment over all its rows. */
export async function runTreatment(
  options: SecretRunOptions,
  treatment: SecretTreatment,
  phase: Phase,
): Promise<TreatmentReport> {
  const { schema, name } = treatment.table;
  try {
    const table = await describeSecretTable(options.db, treatment);
    const treater = createTreater(treatment, options);
    const tally = await rewriteRows(options, {
      phase: phase.name,
      table,
      selection: selectionOf(treatment),
      decide: (row) => phase.decide(treater, row),
      apply: (writes) => phase.apply(table, treatment, writes),
    });
    return toReport(treatment, tally);
  } catch (error) {
    throw withoutValues(error, `The ${phase.name} step of ${schema}.${name}.${treatment.column}`);
  }
}
