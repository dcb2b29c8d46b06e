import type pg from 'pg';

/** Rows of a query, every value as the text PostgreSQL prints, typed by the caller. */
export async function queryRows<Row>(
  client: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await client.query({ text, values: [...values], types: { getTypeParser } });
  return rows as Row[];
}

/** The only row of a query that always gives one. */
export async function queryRow<Row>(
  client: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row> {
  const [row] = await queryRows<Row>(client, text, values);
  if (row === undefined) throw new Error('A query that always gives a row gave none.');
  return row;
}

const getTypeParser = () => (value: string) => value;
