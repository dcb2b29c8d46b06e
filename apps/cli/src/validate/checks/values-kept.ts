/**
 * The proof that nothing was lost: the backup of before is restored beside the database, and every (table, key,
 * column) of it must be equal now, or stand in the quarantine with its old value.
 */
import {
  type ContentDifference,
  compareContents,
  restoreBackup,
  withScratchDatabase,
} from '@tothub/db-backup';
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { type SecretTreatment, targetsOf } from '@tothub/db-security';
import { withSession } from '../../database/connect.ts';
import { ledgerSchema } from '../../project/assess-database.ts';
import { createQuarantineLookup } from '../../project/quarantine-lookup.ts';
import type { Check } from '../check.ts';

const batchSize = 1000;

async function* inBatches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === batchSize) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Counts by `table.column` (or `table` for rows), as lines; never a key or a value. */
function summarise(differences: readonly ContentDifference[]): string[] {
  const counts = new Map<string, number>();
  for (const { schema, table, kind, column } of differences) {
    const place = `${qualifiedName(schema, table)}${column === undefined ? '' : `.${column}`}: ${kind}`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return [...counts].map(([place, count]) => `${place} (${count})`);
}

/** The ledger goes on with every run; whether it is right is a check of its own. */
const isOfLedger = ({ schema, table }: ContentDifference): boolean =>
  schema === ledgerSchema && (table === 'migrations' || table === 'migration_lease');

/**
 * Tells hashes, look-ups and ciphertexts that were made anew. They are made from a value that stands in its own column
 * or in the quarantine, where it is compared; one that is gone is still a loss.
 */
function createMadeAnew(treatments: readonly SecretTreatment[]) {
  const places = new Set(
    treatments.flatMap((treatment) =>
      targetsOf(treatment).map((column) => `${qualifiedName(treatment.table)} ${column}`),
    ),
  );
  return ({ schema, table, column, after }: ContentDifference): boolean =>
    typeof after === 'string' && places.has(`${qualifiedName(schema, table)} ${column}`);
}

export const valuesKept: Check = {
  name: 'rows and values kept',
  async run({ url, project, compareWith, concurrentWrites, keyRing, backupKeys, signal }) {
    if ('skipped' in compareWith) return { status: 'skipped', detail: compareWith.skipped };
    const places = new Map(project.moved.map(({ from, to }) => [qualifiedName(from), to] as const));
    const locate = (table: RelationName): RelationName => places.get(qualifiedName(table)) ?? table;
    return withScratchDatabase(url, (scratch) =>
      withSession(url, async (client) => {
        await restoreBackup(compareWith.backup, { ...backupKeys, into: scratch, signal });
        const lookup = createQuarantineLookup(client, project.quarantine, keyRing);
        const isMadeAnew = createMadeAnew(project.secrets);
        const lost: ContentDifference[] = [];
        let quarantined = 0;
        for await (const batch of inBatches(
          compareContents({ before: scratch, after: url, locate }),
        )) {
          signal.throwIfAborted();
          const changed = batch.filter((each) => !isMadeAnew(each) && !isOfLedger(each));
          const unexplained = await lookup(changed);
          quarantined += changed.length - unexplained.length;
          lost.push(...unexplained);
        }
        if (lost.length === 0)
          return {
            status: 'passed',
            detail: `all there, ${quarantined} old values in ${qualifiedName(project.quarantine)}`,
          };
        const detail = `${lost.length} values or rows differ from ${compareWith.backup}`;
        return concurrentWrites
          ? {
              status: 'skipped',
              detail: `${detail}; the application was writing`,
              items: summarise(lost),
            }
          : {
              status: 'failed',
              detail: `${detail} and are not in quarantine; if the application was writing meanwhile, pass --concurrent-writes`,
              items: summarise(lost),
            };
      }),
    );
  },
};
