import { roleFinder } from '../access/apply-access.ts';
import { withConnection } from '../connection/connect.ts';
import { TargetLacksError } from '../errors.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';
import { restoreDifferences } from './differences.ts';
import { dumpBytes, fitsOneTransaction, type LoadOptions, loadDump } from './load-dump.ts';
import { prepareRowsTarget } from './prepare-rows.ts';
import { readTargetFacts } from './target-facts.ts';

/**
 * Loads a backup into a database that was just made for that: without owners and privileges, and without a note, since
 * nobody takes it up again.
 *
 * @throws TargetLacksError when the server lacks an extension, a role or the room
 */
export async function restoreIntoScratch(
  backup: OpenedBackup,
  into: string,
  options: Pick<LoadOptions, 'binDir' | 'onProgress' | 'signal'>,
): Promise<void> {
  const { manifest, catalog } = backup;
  const facts = await withConnection(into, options.signal, async (client) => {
    if (!catalog.schemas.some((schema) => schema.name === 'public'))
      await client.query('DROP SCHEMA IF EXISTS public');
    return {
      ...(await readTargetFacts(client, into)),
      ...(manifest.selection?.definitions === false && (await prepareRowsTarget(client, manifest))),
    };
  });
  const lacking = restoreDifferences(manifest, facts, {
    catalog,
    dumpBytes: dumpBytes(backup),
    roleOf: roleFinder(facts.roles),
    mapRoles: {},
    isNewDatabase: true,
    isWhole: true,
  }).filter(({ severity }) => severity === 'blocks');
  if (lacking.length > 0) {
    throw new TargetLacksError(
      `The server lacks ${lacking.map(({ detail }) => detail).join('; ')}. Add what is missing, or verify on another server.`,
    );
  }
  await loadDump(backup, {
    ...options,
    into,
    serverMajor: facts.serverMajor,
    asReplica: facts.asReplica ?? false,
    oneTransaction: fitsOneTransaction(backup, facts.lockCapacity),
  });
}
