/**
 * What every package here asks of a database connection: a `pg` Pool or Client, PGlite, Neon's driver
 * and a one-line slonik adapter all satisfy it.
 *
 * @example
 * ```ts
 * const db: Queryable = new pg.Client(url);
 * ```
 */
export interface Queryable {
  // biome-ignore lint/suspicious/noExplicitAny: the drivers type their rows as any; each caller names its own row shape.
  query(text: string, values?: any[]): Promise<{ rows: any[] }>;
}
