import type { SqlClient } from './connection/sql-client.ts';
import type { MigrationProblem } from './errors.ts';
import { readMigrations } from './files/read-migrations.ts';
import type { ResolvedOptions } from './options.ts';
import { readLedger } from './read-ledger.ts';
import { reconcile } from './reconcile.ts';

export interface VerifyResult {
  readonly ok: boolean;
  readonly problems: readonly MigrationProblem[];
}

/** Leftovers of failed concurrent builds, those under construction left out. */
const INVALID_INDEXES = `
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' AND c.relpersistence <> 't'
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY 1`;

/** Says whether files, ledger and indexes are as they should be. See {@link Migrator.verify}. */
export async function verify(options: ResolvedOptions): Promise<VerifyResult> {
  const migrations = await readMigrations(options.directory);
  return readLedger(options, async (rows, client) => {
    const problems = [...reconcile(migrations, rows).problems];
    for (const { state, version, name, error } of rows) {
      if (state !== 'failed' && state !== 'running') continue;
      const why = error ? `: ${error.message}` : '.';
      problems.push({
        kind: 'failed',
        version,
        message: `${version}_${name} did not finish${why} Run the same command again; it resumes.`,
      });
    }
    problems.push(...(await invalidIndexes(client)));
    return { ok: problems.length === 0, problems };
  });
}

async function invalidIndexes(client: SqlClient): Promise<MigrationProblem[]> {
  const { rows } = await client.query<{ name: string }>(INVALID_INDEXES);
  return rows.map(({ name }) => ({
    kind: 'invalid index' as const,
    version: null,
    message: `The index ${name} is INVALID. Run the migration that builds it again, or drop it with DROP INDEX CONCURRENTLY.`,
  }));
}
