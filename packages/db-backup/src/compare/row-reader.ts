import type pg from 'pg';

/** Values of one row as text, in the order of the query. */
export type TextRow = readonly (string | null)[];

/** Reads the rows of a query one by one, a bounded number of bytes ahead. */
export interface RowReader {
  /** The row in turn; undefined at the end. */
  readonly current: TextRow | undefined;
  advance(): Promise<void> | void;
  close(): Promise<void>;
}

const BATCH_CHARACTERS = 4_000_000;
const MAX_BATCH_ROWS = 8_192;
const FIRST_BATCH_ROWS = 256;

/**
 * Opens a cursor and reads its first row. The session must be in a transaction and have no other reader.
 *
 * @example
 * ```sql
 * DECLARE tothub_rows NO SCROLL CURSOR FOR SELECT …; FETCH FORWARD 8192 FROM tothub_rows
 * ```
 */
export async function openRowReader(client: pg.Client, query: string): Promise<RowReader> {
  await client.query(`DECLARE tothub_rows NO SCROLL CURSOR FOR ${query}`);
  let wanted = FIRST_BATCH_ROWS;
  const fetch = async (): Promise<TextRow[]> => {
    const { rows } = await client.query<(string | null)[]>({
      text: `FETCH FORWARD ${wanted} FROM tothub_rows`,
      rowMode: 'array',
      types: { getTypeParser },
    });
    wanted = Math.min(MAX_BATCH_ROWS, Math.ceil(BATCH_CHARACTERS / (averageLength(rows) + 1)));
    return rows;
  };
  let batch = await fetch();
  let index = 0;
  // The server works on the next batch while this one is compared.
  let coming = fetch();
  coming.catch(() => undefined);
  const nextBatch = async (): Promise<void> => {
    batch = await coming;
    index = 0;
    coming = batch.length === 0 ? Promise.resolve([]) : fetch();
    coming.catch(() => undefined);
  };
  return {
    get current() {
      return batch[index];
    },
    advance() {
      index++;
      return index < batch.length ? undefined : nextBatch();
    },
    async close() {
      await coming.catch(() => undefined);
      await client.query('CLOSE tothub_rows');
    },
  };
}

function averageLength(rows: readonly TextRow[]): number {
  let length = 0;
  for (const row of rows) for (const value of row) length += value?.length ?? 0;
  return rows.length === 0 ? 0 : length / rows.length;
}

const getTypeParser = () => (value: string) => value;
