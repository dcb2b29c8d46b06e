/** The loop that expansion and contraction share: read a page, judge its rows, write what was decided. */
import { throwIfAborted, withoutValues } from '../errors.ts';
import { givingWay } from '../giving-way.ts';
import type { TransactionalClient } from '../session.ts';
import { createTreater, type TreaterOptions } from './create-treater.ts';
import type { Decision, Treater } from './decision.ts';
import type { SecretProgress } from './progress.ts';
import { readBatches, type SecretRow } from './read-batches.ts';
import { describeSecretTable, type SecretTable } from './secret-table.ts';
import { countKept, newTally, type Tally, type TreatmentReport, toReport } from './tally.ts';
import type { SecretTreatment } from './treatment.ts';
import type { RowWrite } from './write-rows.ts';

/** What expansion and contraction are told. */
export interface SecretRunOptions extends TreaterOptions {
  /** One session, not a pool and not inside a transaction. */
  readonly db: TransactionalClient;
  readonly treatments: readonly SecretTreatment[];
  /** Counts what would be written and writes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** Rows read at once, and in contraction locked at once. @default 200 */
  readonly batchSize?: number | undefined;
  readonly onProgress?: ((progress: SecretProgress) => void) | undefined;
  /** How long a batch is tried again while others hold its rows, in milliseconds. @default 60000 */
  readonly lockBudgetMs?: number | undefined;
  /** Stops between two pages. */
  readonly signal?: AbortSignal | undefined;
}

/** One direction of a run. */
export interface Phase {
  readonly name: 'expand' | 'contract';
  decide(treater: Treater, row: SecretRow): Promise<Decision>;
  /** Writes the decided rows and gives how many had not changed meanwhile. */
  apply(
    table: SecretTable,
    treatment: SecretTreatment,
    writes: readonly RowWrite[],
  ): Promise<number>;
}

/** A row that changes while it is treated is read again; one that never rests is left to the next run. */
const PASS_LIMIT = 3;

/** Runs one phase of one treatment over all its rows. */
export async function runTreatment(
  options: SecretRunOptions,
  treatment: SecretTreatment,
  phase: Phase,
): Promise<TreatmentReport> {
  const what = `${treatment.table.schema}.${treatment.table.name}.${treatment.column}`;
  try {
    const table = await describeSecretTable(options.db, treatment);
    const treater = createTreater(treatment, options);
    let total = newTally();
    for (let pass = 1; pass <= PASS_LIMIT; pass++) {
      const before = total.written;
      total = newTally();
      total.written = before;
      const changed = await runPass({
        options,
        treatment,
        table,
        treater,
        phase,
        what,
        tally: total,
      });
      // What an earlier pass wrote, this one found done.
      total.alreadyDone -= Math.min(before, total.alreadyDone);
      if (changed === 0) break;
      if (pass === PASS_LIMIT) countKept(total, 'changed by others meanwhile; run again', changed);
    }
    return toReport(treatment, total);
  } catch (error) {
    throw withoutValues(error, `The ${phase.name} step of ${what}`);
  }
}

interface Pass {
  readonly options: SecretRunOptions;
  readonly treatment: SecretTreatment;
  readonly table: SecretTable;
  readonly treater: Treater;
  readonly phase: Phase;
  readonly what: string;
  readonly tally: Tally;
}

/** Goes over all rows once and gives how many changed under its hands. */
async function runPass(pass: Pass): Promise<number> {
  const { options, treatment, table, treater, phase, what, tally } = pass;
  const { db, batchSize = 200, dryRun = false, lockBudgetMs, signal, onProgress } = options;
  let changed = 0;
  throwIfAborted(signal);
  for await (const rows of readBatches(db, table, treatment, batchSize)) {
    const decisions = await Promise.all(rows.map((row) => phase.decide(treater, row)));
    const writes: RowWrite[] = [];
    for (const [i, row] of rows.entries()) {
      const decision = decisions[i] as Decision;
      tally.examined += 1;
      if (decision.kind === 'write') writes.push({ row, values: decision.values });
      else if (decision.kind === 'keep') countKept(tally, decision.reason);
      else if (decision.kind === 'done' || row.targets.some((text) => text !== null)) {
        tally.alreadyDone += 1;
      }
    }
    const written =
      dryRun || writes.length === 0
        ? writes.length
        : await givingWay(() => phase.apply(table, treatment, writes), lockBudgetMs);
    tally.written += written;
    changed += writes.length - written;
    onProgress?.({ phase: phase.name, what, examined: tally.examined, written: tally.written });
    throwIfAborted(signal);
  }
  return changed;
}
