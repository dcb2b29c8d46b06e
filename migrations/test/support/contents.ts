import type pg from 'pg';

/** Every value of a set of tables as text, by `table key column`. */
export type Contents = ReadonlyMap<string, string | null>;

/** Reads the legacy tables wherever they stand now; columns that came later are left out. */
export async function readContents(
  client: pg.Client,
  columns: ReadonlyMap<string, readonly string[]>,
): Promise<Contents> {
  const contents = new Map<string, string | null>();
  await client.query(`SET datestyle = 'ISO, YMD'`);
  for (const [table, names] of columns) {
    const key = table === 'user_sessions' ? 'sid' : 'id';
    const { rows: place } = await client.query(
      `SELECT coalesce(to_regclass('public.' || $1), to_regclass('archive.' || $1))::text AS name`,
      [table],
    );
    const list = names.map((name) => `"${name}"::text`).join(', ');
    const { rows } = await client.query(`SELECT ${list} FROM ${place[0].name}`);
    for (const row of rows) {
      for (const name of names) contents.set(`${table} ${row[key]} ${name}`, row[name]);
    }
  }
  return contents;
}

/** The columns of every table in schema public, in order. */
export async function readColumns(client: pg.Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(`
    SELECT rel.relname AS table, array_agg(att.attname::text ORDER BY att.attnum) AS columns
    FROM pg_class AS rel JOIN pg_attribute AS att ON att.attrelid = rel.oid
    WHERE rel.relnamespace = 'public'::regnamespace AND rel.relkind = 'r'
      AND att.attnum > 0 AND NOT att.attisdropped
    GROUP BY rel.relname ORDER BY rel.relname`);
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

/** What `after` lacks of `before` and data_quarantine does not hold either, one line each. */
export async function lostValues(
  client: pg.Client,
  before: Contents,
  after: Contents,
): Promise<string[]> {
  const { rows } = await client.query<{ place: string; value: string | null }>(`
    SELECT concat_ws(' ', table_name, row_key ->> 'id', column_name) AS place, old_value AS value
    FROM public.data_quarantine`);
  const quarantined = new Set(rows.map(({ place, value }) => JSON.stringify([place, value])));
  return [...before]
    .filter(([place, value]) => !after.has(place) || after.get(place) !== value)
    .filter(([place, value]) => !quarantined.has(JSON.stringify([place, value])))
    .map(([place, value]) => `${place}: ${value}`);
}
