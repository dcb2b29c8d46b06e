/** Says what a database is to this project before anything touches it. */
import {
  type CatalogDifference,
  diffCatalogs,
  formatDifference,
  readCatalog,
} from '@tothub/db-catalog';
import type pg from 'pg';
import { withSession } from '../database/connect.ts';
import { refusal } from '../exit.ts';
import type { Project } from './load-project.ts';

export type Assessment =
  /** It has our ledger. */
  | { readonly state: 'managed' }
  /** It holds the legacy schema, and perhaps more, which is named. */
  | { readonly state: 'legacy'; readonly additions: readonly CatalogDifference[] }
  /** It holds no relation at all. */
  | { readonly state: 'empty' }
  /** It is not this project's: what is missing or different. */
  | { readonly state: 'other'; readonly differences: readonly CatalogDifference[] };

/** Where the runner of the migrations keeps its ledger. */
export const ledgerSchema = 'tothub';

const words = { added: 'more', removed: 'missing', changed: 'different' } as const;

/** One line about a difference between the expected catalog and the one that is there. */
export function describeDeviation(difference: CatalogDifference): string {
  return formatDifference(difference).replace(difference.change, `${words[difference.change]}:`);
}

async function hasUsedLedger(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = 'migrations'`,
    [ledgerSchema],
  );
  if (rowCount === 0) return false;
  const { rows } = await client.query('SELECT EXISTS (SELECT FROM tothub.migrations) AS used');
  return rows[0].used;
}

/** Whether the migrations have reached the database. */
export const isManaged = (url: string): Promise<boolean> => withSession(url, hasUsedLedger);

/** Compares a database without a ledger with the project's baseline catalog. Reads only. */
export async function assessDatabase(url: string, project: Project): Promise<Assessment> {
  return withSession(url, async (client) => {
    if (await hasUsedLedger(client)) return { state: 'managed' };
    const catalog = await readCatalog(client);
    if (catalog.relations.every(({ schema }) => schema === ledgerSchema)) return { state: 'empty' };
    const expected = project.baselineCatalog;
    const differences = diffCatalogs(expected, catalog, {
      ignore: [
        'owner',
        'grants',
        'comment',
        'position',
        'database',
        'encoding',
        'server',
        'extension version',
      ],
    });
    const missing = differences.filter(({ change }) => change !== 'added');
    const isLeftAlone = ({ object }: CatalogDifference): boolean =>
      project.leftAlone.includes(object.type === 'schema' ? object.name : object.schema);
    return missing.length === 0
      ? { state: 'legacy', additions: differences.filter((added) => !isLeftAlone(added)) }
      : { state: 'other', differences: missing };
  });
}

/**
 * Lets only databases through that the migrations have reached.
 *
 * @throws CliError (exit 1)
 */
export async function assertMigrated(url: string): Promise<void> {
  if (!(await isManaged(url)))
    throw refusal('TOTHUB_NOT_MIGRATED', 'This needs the migrations, and none has been applied.', {
      hint: 'Run tothub-db improve, or tothub-db migrate up, first.',
    });
}

/**
 * Lets only this project's own databases through.
 *
 * @throws CliError (exit 1) when the database is empty or another one: with the differences.
 */
export function assertOurs(
  assessment: Assessment,
  project: Project,
): asserts assessment is Extract<Assessment, { state: 'managed' | 'legacy' }> {
  if (assessment.state === 'empty')
    throw refusal('TOTHUB_EMPTY_DATABASE', 'The database is empty: there is nothing to improve.', {
      hint: 'To build the schema in it: tothub-db migrate up.',
    });
  if (assessment.state === 'other')
    throw refusal(
      'TOTHUB_OTHER_DATABASE',
      `This is not a ${project.name} database: ${assessment.differences.length} things are missing or different.`,
      {
        hint: 'Check the URL. Nothing was changed.',
        details: assessment.differences.map(describeDeviation),
      },
    );
}
