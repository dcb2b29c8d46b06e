import type pg from 'pg';

/** What the runner asks of a connection. */
export interface SqlClient {
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<pg.QueryResult<R>>;
}

/** Sends one query after the other: the heartbeat and the rest of a run share a connection. */
export function inTurn(client: SqlClient): SqlClient {
  let last: Promise<unknown> = Promise.resolve();
  return {
    query<R extends pg.QueryResultRow>(text: string, values?: unknown[]) {
      const result = last.then(() => client.query<R>(text, values));
      last = result.catch(() => {});
      return result;
    },
  };
}
