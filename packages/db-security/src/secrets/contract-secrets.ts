import type { RelationName } from '@tothub/db-catalog';
import { emptyText, type KeyedTable } from '../columns/keyed-table.ts';
import { lockUnchanged, type RowWrite, writeRows } from '../columns/write-rows.ts';
import { withoutValues } from '../errors.ts';
import { type RedactionReport, redactElsewhere } from '../search/redact-elsewhere.ts';
import { assertSession, inTransaction, withPinnedSession } from '../session.ts';
import { quarantineValues, sealQuarantine } from './quarantine.ts';
import { type Phase, runTreatment, type SecretRunOptions } from './run-treatment.ts';
import { type SecretTreatment, selectionOf } from './treatment.ts';
import type { TreatmentReport } from './treatment-report.ts';

/** What {@link contractSecrets} is told. */
export interface ContractOptions extends SecretRunOptions {
  /** The table that keeps the old values, as ciphertexts. */
  readonly quarantine: RelationName;
  /** Also takes the secrets out of all other text, JSON and array columns that mention them. @default false */
  readonly everywhere?: boolean | undefined;
}

/** What {@link contractSecrets} did. */
export interface ContractReport {
  readonly treatments: readonly TreatmentReport[];
  /** Values of treated columns that stood in the quarantine in the clear and were encrypted there. */
  readonly sealed: number;
  /** With `everywhere`. */
  readonly elsewhere?: RedactionReport;
}

/**
 * Takes the old values away, or what is secret in them: each goes into the quarantine as a ciphertext first, in the
 * same transaction. Only what was expanded, and still fits, is taken; all else is kept and counted.
 * Can be stopped or killed anywhere and run again.
 *
 * @throws {TreatmentError} when a table, column or primary key is missing, or a column cannot be emptied.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 * @throws {AbortedError} when the signal fires.
 * @throws {SessionRequiredError} when given a pool.
 */
export async function contractSecrets(options: ContractOptions): Promise<ContractReport> {
  const { db, quarantine, keyRing, everywhere = false } = options;
  assertSession(db);
  const phase: Phase = {
    name: 'contract',
    decide: (treater, row) => treater.contract(row),
    apply: (table, treatment, writes) =>
      inTransaction(db, async () => {
        const unchanged = await lockUnchanged(db, table, selectionOf(treatment), writes);
        await quarantineValues(
          db,
          quarantine,
          unchanged.map(({ row }) => ({
            origin: { ...nameOf(treatment), key: row.key },
            value: row.old as string,
            reason: `secret taken out (${treatment.treatment})`,
          })),
          keyRing,
        );
        return writeRows(db, table, [treatment.column], emptied(table, treatment, unchanged));
      }),
  };
  return withPinnedSession(db, async () => {
    const treatments: TreatmentReport[] = [];
    for (const treatment of options.treatments) {
      treatments.push(await runTreatment(options, treatment, phase));
    }
    const sealed = await seal(options);
    return everywhere
      ? { treatments, sealed, elsewhere: await redactElsewhere(options) }
      : { treatments, sealed };
  });
}

async function seal(options: ContractOptions): Promise<number> {
  try {
    return await sealQuarantine(options.db, options.quarantine, options.treatments, options);
  } catch (error) {
    throw withoutValues(error, 'Encrypting the quarantine');
  }
}

function nameOf({ table, column }: SecretTreatment) {
  return { schema: table.schema, table: table.name, column };
}

/** An emptied column becomes NULL, or '' where it must not be null. */
function emptied(
  table: KeyedTable,
  treatment: SecretTreatment,
  writes: readonly RowWrite[],
): RowWrite[] {
  return writes.map(({ row, values: [value] }) => ({
    row,
    values: [value ?? emptyText(table, treatment.column)],
  }));
}
