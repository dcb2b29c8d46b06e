import pg from 'pg';

/** Runs one statement on a connection of its own. */
// biome-ignore lint/suspicious/noExplicitAny: a test names the columns it asked for.
export async function query(url: string, sql: string, values?: unknown[]): Promise<any[]> {
  const client = new pg.Client({ connectionString: url });
  // Dropping the database ends what a failed test has left open.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
