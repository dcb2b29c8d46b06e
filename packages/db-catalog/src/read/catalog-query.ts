import type { Queryable } from '../queryable.ts';

/** One question to the system catalogs, and the shape of a row of its answer. */
export interface CatalogQuery<Row> {
  readonly text: string;
  /** Never set: carries the row type only. */
  readonly row?: Row;
}

/**
 * Makes a catalog query of a SELECT. Rows travel as JSON text built by the server, so that every driver
 * delivers the same values (arrays, bigints and booleans differ from driver to driver).
 */
export function catalogQuery<Row>(parts: TemplateStringsArray): CatalogQuery<Row> {
  return { text: `select row_to_json(answer)::text as row from (${parts.raw.join('')}) as answer` };
}

/** Asks one question. `schemas` are the OIDs of the schemas to look into, the query's only parameter. */
export async function ask<Row>(
  db: Queryable,
  query: CatalogQuery<Row>,
  schemas?: readonly number[],
): Promise<Row[]> {
  const { rows } = await db.query(query.text, schemas ? [schemas.join(',')] : []);
  return rows.map(({ row }: { row: string }) => JSON.parse(row) as Row);
}
