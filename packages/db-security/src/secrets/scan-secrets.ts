import type { Queryable, RelationName } from '@tothub/db-catalog';
import { readRows } from '../columns/read-rows.ts';
import { withoutValues } from '../errors.ts';
import { describeSecretTable } from './describe-secret-table.ts';
import { isInClear } from './in-clear.ts';
import { type SecretTreatment, selectionOf } from './treatment.ts';
import { classifyValue, type ValueKind } from './value-kind.ts';

/** What a column holds, in counts. */
export interface SecretScan {
  readonly table: RelationName;
  readonly column: string;
  readonly when?: SecretTreatment['when'];
  readonly treatment: SecretTreatment['treatment'];
  readonly rows: number;
  readonly kinds: Readonly<Partial<Record<ValueKind, number>>>;
  /** Values from which a secret can still be read by whoever reads the column. */
  readonly inClear: number;
}

const SCAN_BATCH = 500;

/**
 * Counts what the old columns of the treatments hold, by kind, and how much of it is still in the clear:
 * the survey before, and the proof afterwards. Reads only; a value never leaves this function.
 *
 * @throws {TreatmentError} when a table, column or primary key is missing.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 */
export async function scanSecrets(
  db: Queryable,
  treatments: readonly SecretTreatment[],
): Promise<SecretScan[]> {
  const scans: SecretScan[] = [];
  for (const treatment of treatments) {
    const name = `${treatment.table.schema}.${treatment.table.name}.${treatment.column}`;
    try {
      scans.push(await scanTreatment(db, treatment));
    } catch (error) {
      throw withoutValues(error, `The scan of ${name}`);
    }
  }
  return scans;
}

async function scanTreatment(db: Queryable, treatment: SecretTreatment): Promise<SecretScan> {
  const table = await describeSecretTable(db, treatment);
  const kinds: Partial<Record<ValueKind, number>> = {};
  let rows = 0;
  let inClear = 0;
  for await (const batch of readRows(db, table, selectionOf(treatment), SCAN_BATCH)) {
    for (const { old } of batch) {
      const kind = classifyValue(old);
      rows += 1;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      if (old !== null && isInClear(treatment, old)) inClear += 1;
    }
  }
  const { table: relation, column, when } = treatment;
  return {
    table: relation,
    column,
    ...(when === undefined ? {} : { when }),
    treatment: treatment.treatment,
    rows,
    kinds,
    inClear,
  };
}
