import { type Catalog, qualifiedName, quoteLiteral } from '@tothub/db-catalog';
import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';

/** Where a sequence stands. */
export interface SequenceValue {
  readonly schema: string;
  readonly name: string;
  readonly lastValue: string;
  readonly isCalled: boolean;
}

const SEQUENCES_PER_QUERY = 100;

/**
 * Reads where every sequence stands. Sequences live outside transactions: two readings in one snapshot
 * may differ while others write.
 */
export async function readSequenceValues(
  client: pg.Client,
  sequences: Catalog['sequences'],
): Promise<SequenceValue[]> {
  const values: SequenceValue[] = [];
  for (let from = 0; from < sequences.length; from += SEQUENCES_PER_QUERY) {
    const selects = sequences
      .slice(from, from + SEQUENCES_PER_QUERY)
      .map(
        (sequence) =>
          `SELECT ${quoteLiteral(sequence.schema)} AS schema, ${quoteLiteral(sequence.name)} AS name, last_value::text AS "lastValue", is_called::text AS "isCalled" FROM ${qualifiedName(sequence)}`,
      );
    const rows = await queryRows<Omit<SequenceValue, 'isCalled'> & { isCalled: string }>(
      client,
      selects.join(' UNION ALL '),
    );
    values.push(...rows.map((row) => ({ ...row, isCalled: row.isCalled === 'true' })));
  }
  return values;
}
