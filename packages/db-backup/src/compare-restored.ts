import { type Catalog, diffCatalogs, formatDifference, readCatalog } from '@tothub/db-catalog';
import type pg from 'pg';
import { type Check, failed, passed } from './check.ts';
import type { OnProgress } from './progress.ts';
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
  const checks: Check[] = [];
  const restored = await readCatalog(client);
  const differences = diffCatalogs(catalog, restored, {
    ignore: ['owner', 'grants', 'database', 'server', 'extension version'],
  });
  checks.push(
    verdict(
      'catalog',
      differences.map(formatDifference),
      `${catalog.relations.length} relations are equal`,
    ),
  );
  const counts: string[] = [];
  const contents: string[] = [];
  let rows = 0;
  const tables = new Map(
    dataTables(catalog).map((table) => [`${table.schema}.${table.name}`, table]),
  );
  for (const [index, expected] of manifest.tables.entries()) {
    const name = `${expected.schema}.${expected.name}`;
    onProgress?.({
      phase: 'compare',
      table: name,
      doneTables: index,
      totalTables: manifest.tables.length,
    });
    const table = tables.get(name);
    if (!table) {
      counts.push(`${name} is in the manifest and not in the catalog`);
      continue;
    }
    const found = await fingerprintTable(client, table, catalog.encoding);
    rows += found.rows;
    if (found.rows !== expected.rows)
      counts.push(`${name} has ${found.rows} rows instead of ${expected.rows}`);
    if (found.hash !== expected.hash) contents.push(`${name} has other values`);
  }
  checks.push(verdict('counts', counts, `${manifest.tables.length} tables, ${rows} rows`));
  checks.push(verdict('contents', contents, `${manifest.tables.length} content hashes are equal`));
  checks.push(await compareSequences(client, manifest, catalog));
  const objects = await fingerprintLargeObjects(client);
  const sameObjects =
    objects.rows === manifest.largeObjects.count && objects.hash === manifest.largeObjects.hash;
  checks.push(
    verdict(
      'large objects',
      sameObjects
        ? []
        : [`${objects.rows} found, ${manifest.largeObjects.count} expected, or other bytes`],
      `${objects.rows} are equal`,
    ),
  );
  return checks;
}

async function compareSequences(
  client: pg.Client,
  manifest: SealedManifest,
  catalog: Catalog,
): Promise<Check> {
  const found = await readSequenceValues(client, catalog.sequences);
  const expected = new Map(
    manifest.sequences.map((value) => [`${value.schema}.${value.name}`, value]),
  );
  const wrong = found.flatMap((value) => {
    const name = `${value.schema}.${value.name}`;
    const range = expected.get(name);
    return range && liesBetween(range, value) ? [] : [`${name} stands at ${value.lastValue}`];
  });
  return verdict('sequences', wrong, `${found.length} stand where they stood`);
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
