import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { TablePlan } from '../plan/table-plan.ts';
import type { DrawnRow } from '../rows/draw-row.ts';
import { copyLine } from '../values/value-text.ts';

const chunkRows = 500;

/**
 * Writes rows in one statement and returns how many the table took (a BEFORE trigger may discard some). COPY is
 * not allowed under row-level security: there it is one INSERT.
 * https://www.postgresql.org/docs/current/sql-copy.html
 *
 * @example
 * ```sql
 * COPY app.room (name, capacity) FROM STDIN
 * ```
 */
export async function loadRows(
  session: ClientBase,
  plan: TablePlan,
  rows: readonly DrawnRow[],
  how: 'copy' | 'insert',
): Promise<number> {
  const target = qualifiedName(plan.relation);
  const columns = plan.columns.filter((column) => rows[0]?.has(column.name));
  const names = columns.map((column) => quoteIdent(column.name)).join(', ');
  if (columns.length === 0) {
    let taken = 0;
    for (const _ of rows) {
      taken += (await session.query(`INSERT INTO ${target} DEFAULT VALUES`)).rowCount ?? 0;
    }
    return taken;
  }
  if (how === 'insert') {
    const casts = columns.map((column, at) => `CAST(u.v${at} AS ${column.sqlType})`).join(', ');
    const lists = columns.map((_, at) => `$${at + 1}::text[]`).join(', ');
    const aliases = columns.map((_, at) => `v${at}`).join(', ');
    const result = await session.query(
      `INSERT INTO ${target} (${names}) OVERRIDING SYSTEM VALUE SELECT ${casts} FROM unnest(${lists}) AS u(${aliases})`,
      columns.map((column) => rows.map((row) => row.get(column.name) ?? null)),
    );
    return result.rowCount ?? 0;
  }
  const stream = session.query(copyFrom(`COPY ${target} (${names}) FROM STDIN`));
  const lines = function* (): Generator<Buffer> {
    for (let at = 0; at < rows.length; at += chunkRows) {
      const chunk = rows.slice(at, at + chunkRows);
      yield Buffer.from(
        chunk
          .map((row) => copyLine(columns.map((column) => row.get(column.name) ?? null)))
          .join(''),
      );
    }
  };
  await pipeline(Readable.from(lines()), stream);
  return stream.rowCount ?? 0;
}
