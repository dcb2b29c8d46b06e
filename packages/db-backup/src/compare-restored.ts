import {
  type Catalog,
  diffCatalogs,
  formatDifference,
  qualifiedName,
  readCatalog,
} from '@tothub/db-catalog';
import type pg from 'pg';
import { type Check, failed, passed, skipped } from './check.ts';
import type { OnProgress } from './progress.ts';
import { relationKey } from './relation-key.ts';
import { dataTables } from './snapshot/data-table.ts';
import { fingerprintLargeObjects, fingerprintTable } from './snapshot/fingerprint.ts';
import { readSequenceValues } from './snapshot/sequence-values.ts';
import type { ManifestSequence, SealedManifest } from './storage/manifest.ts';

/**
 * Compares a restored database with the manifest and catalog of its backup. Owners and grants are left out
 * (a restore gives everything to its own role), and the versions of extensions, which the server decides.
 */
export async function compareRestored(
  client: pg.Client,
  manifest: SealedManifest,
  catalog: Catalog,
  onProgress: OnProgress | undefined,
): Promise<Check[]> {
  const restored = await readCatalog(client);
  // What a selective backup does not hold is not compared.
  const holds = manifest.selection ?? { definitions: true, rows: true, largeObjects: true };
  const checks: Check[] = [];
  if (holds.definitions) checks.push(compareDefinitions(catalog, restored));
  if (holds.rows) {
    checks.push(...(await compareTables(client, manifest, restored, onProgress)));
    checks.push(await compareSequences(client, manifest, restored));
  }
  if (holds.largeObjects) checks.push(await compareLargeObjects(client, manifest));
  return checks;
}

function compareDefinitions(catalog: Catalog, restored: Catalog): Check {
  const differences = diffCatalogs(catalog, restored, {
    ignore: ['owner', 'grants', 'database', 'server', 'extension version'],
  });
  const equal = `${catalog.relations.length} relations are equal`;
  if (major(catalog) === major(restored)) {
    return verdict('catalog', differences.map(formatDifference), equal);
  }
  // Each major version prints the query of a view in its own way.
  const comparable = differences.filter(
    ({ object, property }) => !(object.type.endsWith('view') && property === 'definition'),
  );
  return verdict(
    'catalog',
    comparable.map(formatDifference),
    `${equal}; texts of views not compared, since PostgreSQL ${major(restored)} prints them differently than ${major(catalog)}`,
  );
}

function major(catalog: Catalog): number {
  return Math.trunc(catalog.server.versionNumber / 10_000);
}

async function compareTables(
  client: pg.Client,
  manifest: SealedManifest,
  restored: Catalog,
  onProgress: OnProgress | undefined,
): Promise<Check[]> {
  const counts: string[] = [];
  const contents: string[] = [];
  const tables = new Map(dataTables(restored).map((table) => [relationKey(table), table]));
  const totalTables = manifest.tables.length;
  let rows = 0;
  for (const [doneTables, expected] of manifest.tables.entries()) {
    const name = qualifiedName(expected);
    onProgress?.({ phase: 'compare', table: name, doneTables, totalTables });
    const table = tables.get(relationKey(expected));
    if (!table) {
      counts.push(`${name} is missing`);
      continue;
    }
    const found = await fingerprintTable(client, table, {
      encoding: restored.encoding,
      algorithm: manifest.hashAlgorithm,
      hash: expected.hash === null ? 'none' : (expected.sample ?? 'full'),
    });
    rows += found.rows;
    if (found.rows !== expected.rows) {
      counts.push(`${name} has ${found.rows} rows instead of ${expected.rows}`);
    }
    if (found.hash !== expected.hash) contents.push(`${name} has other values`);
  }
  const compared = verdict('counts', counts, `${totalTables} tables, ${rows} rows`);
  if (manifest.tables.some((table) => table.hash === null)) {
    return [compared, skipped('contents', 'the backup was taken without content hashes')];
  }
  const sampled = manifest.tables.filter((table) => table.sample !== undefined);
  if (sampled.length === 0) {
    return [compared, verdict('contents', contents, `${totalTables} content hashes are equal`)];
  }
  const hashedRows = sampled.reduce((sum, table) => sum + (table.sample?.rows ?? 0), 0);
  return [
    compared,
    verdict('sampled contents', contents, `${totalTables} content hashes are equal`),
    skipped(
      'contents',
      `the backup was taken with a sample of ${sampled.length} tables: ${hashedRows} of their rows were compared`,
    ),
  ];
}

async function compareSequences(
  client: pg.Client,
  manifest: SealedManifest,
  restored: Catalog,
): Promise<Check> {
  const values = await readSequenceValues(client, restored.sequences);
  const found = new Map(values.map((value) => [relationKey(value), value]));
  const wrong = manifest.sequences.flatMap((expected) => {
    const value = found.get(relationKey(expected));
    if (value && liesBetween(expected, value)) return [];
    return [`${qualifiedName(expected)} ${value ? `stands at ${value.lastValue}` : 'is missing'}`];
  });
  return verdict('sequences', wrong, `${manifest.sequences.length} stand where they stood`);
}

async function compareLargeObjects(client: pg.Client, manifest: SealedManifest): Promise<Check> {
  const { count, hash } = manifest.largeObjects;
  const found = await fingerprintLargeObjects(client, hash === null ? 'none' : 'full');
  const problems: string[] = [];
  if (found.rows !== count) problems.push(`${found.rows} found instead of ${count}`);
  else if (found.hash !== hash) problems.push('their bytes or numbers differ');
  return verdict('large objects', problems, `${count} are equal`);
}

/** While a backup runs, others may draw from a sequence: any place between the two readings is right. */
function liesBetween(
  range: ManifestSequence,
  found: { lastValue: string; isCalled: boolean },
): boolean {
  const [low, high] = [BigInt(range.lastValue), BigInt(range.lastValueAfter)].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const value = BigInt(found.lastValue);
  if (low === undefined || high === undefined || value < low || value > high) return false;
  return low < high || range.isCalled !== range.isCalledAfter || found.isCalled === range.isCalled;
}

function verdict(name: string, problems: readonly string[], fine: string): Check {
  if (problems.length === 0) return passed(name, fine);
  const more = problems.length > 5 ? ` and ${problems.length - 5} more` : '';
  return failed(name, `${problems.slice(0, 5).join('; ')}${more}`);
}
