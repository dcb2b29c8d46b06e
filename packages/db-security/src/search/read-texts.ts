/**
 * Reads all texts of a relation through a cursor, in bounded memory: long values are left out at first and
 * then read one by one in slices. Runs inside the caller's transaction.
 */
import { quoteIdent } from '@tothub/db-catalog';
import { throwIfAborted } from '../errors.ts';
import type { TransactionalClient } from '../session.ts';
import type { TextColumn, TextRelation } from './text-columns.ts';
import type { ValueSearcher } from './value-searcher.ts';

/** A row in which a searched value occurs. */
export interface Hit {
  readonly ctid: string;
  readonly version: string;
  /** Primary key as texts; the row's place where there is no key. */
  readonly key: Readonly<Record<string, string>>;
  readonly columns: readonly TextColumn[];
}

const FETCH_ROWS = 200;
/** 200 rows of ten such values are 130 MB at worst. */
const LONG_BYTES = 65_536;
const SLICE_CHARACTERS = 1_048_576;

/** Gives the rows of a relation in which a value occurs, and the columns that it occurs in. */
export async function* findHits(
  db: TransactionalClient,
  relation: TextRelation,
  searcher: ValueSearcher,
  signal: AbortSignal | undefined,
): AsyncGenerator<Hit> {
  const selected = [
    't.ctid::text AS ctid',
    't.xmin::text AS version',
    ...relation.key.map(({ sql }, i) => `t.${sql}::text AS k${i}`),
    ...relation.columns.map(({ name }, i) => {
      const text = `t.${quoteIdent(name)}::text`;
      return `CASE WHEN octet_length(${text}) <= ${LONG_BYTES} THEN ${text} END AS v${i}, octet_length(${text}) > ${LONG_BYTES} AS l${i}`;
    }),
  ];
  await db.query(
    `DECLARE plaintext_search NO SCROLL CURSOR FOR SELECT ${selected.join(', ')} FROM ONLY ${relation.sql} AS t`,
  );
  while (true) {
    throwIfAborted(signal);
    const { rows } = await db.query(`FETCH ${FETCH_ROWS} FROM plaintext_search`);
    for (const row of rows) {
      const columns: TextColumn[] = [];
      for (const [i, column] of relation.columns.entries()) {
        const text: string | null = row[`v${i}`];
        const occurs =
          row[`l${i}`] === true
            ? await occursInLong(db, relation, column, row.ctid, searcher)
            : text !== null && searcher.occursIn(text);
        if (occurs) columns.push(column);
      }
      if (columns.length > 0)
        yield { ctid: row.ctid, version: row.version, key: keyOf(row, relation), columns };
    }
    if (rows.length < FETCH_ROWS) break;
  }
  await db.query('CLOSE plaintext_search');
}

function keyOf(row: Record<string, string>, { key }: TextRelation): Record<string, string> {
  if (key.length === 0) return { ctid: row.ctid as string };
  return Object.fromEntries(key.map(({ name }, i) => [name, row[`k${i}`] as string]));
}

async function occursInLong(
  db: TransactionalClient,
  relation: TextRelation,
  column: TextColumn,
  ctid: string,
  searcher: ValueSearcher,
): Promise<boolean> {
  const step = SLICE_CHARACTERS - searcher.longestLength - 1;
  for (let from = 1; ; from += step) {
    const { rows } = await db.query(
      `SELECT substr(t.${quoteIdent(column.name)}::text, $2::int, ${SLICE_CHARACTERS}) AS slice FROM ONLY ${relation.sql} AS t WHERE t.ctid = $1::tid`,
      [ctid, from],
    );
    const slice: string = rows[0]?.slice ?? '';
    if (searcher.occursIn(slice)) return true;
    if (slice.length < step) return false;
  }
}
