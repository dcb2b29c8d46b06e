import { describeTable, type KeyedTable } from '../columns/keyed-table.ts';
import { TreatmentError } from '../errors.ts';
import type { TransactionalClient } from '../session.ts';
import { type SecretTreatment, targetsOf } from './treatment.ts';

/**
 * Reads the table of a treatment and refuses what could not be carried out.
 *
 * @throws {TreatmentError} when the table, a column or the primary key is missing, or the column is part of the key.
 */
export async function describeSecretTable(
  client: TransactionalClient,
  treatment: SecretTreatment,
): Promise<KeyedTable> {
  const { table, column, when } = treatment;
  const writes = [column, ...targetsOf(treatment)];
  const reads = when === undefined ? [] : [when.column];
  const described = await describeTable(client, table, { reads, writes });
  if (new Set(writes).size !== writes.length) {
    throw new TreatmentError(
      `A treatment of ${table.schema}.${table.name}.${column} writes into the column it reads. Name another target.`,
    );
  }
  return described;
}
