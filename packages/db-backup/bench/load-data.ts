import pg from 'pg';

/** Rows of each table for about a gigabyte on the disk. */
export const FULL_SCALE = 1_000_000;

/**
 * Two tables with indexes and a sequence: accounts like those of pgbench, whose filler compresses to nothing, and notes of
 * words, numbers, UUIDs and JSON, which compress about as well as what people write.
 */
export async function loadData(url: string, rows: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
    SELECT setseed(0.5);
    CREATE TABLE account (id bigint GENERATED ALWAYS AS IDENTITY, branch integer NOT NULL,
      balance bigint NOT NULL, filler char(84) NOT NULL);
    INSERT INTO account (branch, balance, filler)
      SELECT n % 60, (random() * 1e9)::bigint, '' FROM generate_series(1, ${rows * 2}) AS n;
    ALTER TABLE account ADD PRIMARY KEY (id);
    CREATE TABLE note (id uuid PRIMARY KEY, account bigint NOT NULL, at timestamptz NOT NULL,
      body text NOT NULL, details jsonb NOT NULL);
    INSERT INTO note
      SELECT gen_random_uuid(), (random() * ${rows})::bigint, '2026-01-01'::timestamptz + random() * interval '300 days',
        (SELECT string_agg((ARRAY['child','parent','room','arrived','left','signed','form','allergy','lunch',
           'sleep','medicine','picked','up','by','the','and','with','note','late','early'])[1 + (random() * 19)::int], ' ') FROM generate_series(1, 30) AS word WHERE n > 0),
        jsonb_build_object('kind', (random() * 9)::int, 'score', random(), 'tags', ARRAY[n % 7, n % 11], 'seen', n % 3 = 0)
      FROM generate_series(1, ${rows}) AS n;
    CREATE INDEX ON note (account);
    ANALYZE`);
    const { rows: found } = await client.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    return Number(found[0]?.bytes);
  } finally {
    await client.end();
  }
}
