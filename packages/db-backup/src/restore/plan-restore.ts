import type pg from 'pg';
import { roleFinder } from '../access/apply-access.ts';
import type { RoleFinder } from '../access/plan-access.ts';
import { withConnection } from '../connection/connect.ts';
import {
  RestoreUnfinishedError,
  ScratchDatabaseError,
  TargetInUseError,
  TargetLacksError,
  TargetNotEmptyError,
} from '../errors.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';
import { objectsInTarget } from '../target-objects.ts';
import { databaseExists, databaseOf, maintenanceAddress } from './database-address.ts';
import { type RestoreDifference, restoreDifferences } from './differences.ts';
import { dumpBytes } from './load-dump.ts';
import { NOTE_SCHEMA, type RestoreNote, readNote } from './restore-note.ts';
import type { RestoreBackupOptions } from './restore-options.ts';
import { sessionsIn } from './sessions.ts';
import { readTargetFacts, type TargetFacts } from './target-facts.ts';

/** What a restore would do and meet, found without writing anything. */
export interface RestoreReport {
  readonly backupId: string;
  readonly database: string;
  readonly serverVersion: string;
  /**
   * `empty`: into the database that is there. `new`: a database is created, and gets its name when it is whole.
   * `swap`: restored beside the database, compared, then exchanged for it. `tables`: single tables, added to it.
   */
  readonly how: 'empty' | 'new' | 'swap' | 'tables';
  /** True where an earlier run of the same restore was interrupted and is taken up again. */
  readonly resumes: boolean;
  readonly differences: readonly RestoreDifference[];
  /** Who else is in the database, in words; empty where it is yet to be made. */
  readonly sessions: readonly string[];
  /** What already stands in a database that should be empty. */
  readonly objects: readonly string[];
}

/** The report, and what the restore needs to act on it. */
export interface RestorePlan {
  readonly report: RestoreReport;
  readonly facts: TargetFacts;
  readonly roleOf: RoleFinder;
  /** Another database of the server; only where databases are created or renamed. */
  readonly maintenance: string | undefined;
}

/** Looks at the target and compares it with the backup. Throws nothing for what it finds: that is in the report. */
export async function planRestore(
  backup: OpenedBackup,
  options: RestoreBackupOptions,
): Promise<RestorePlan> {
  const { manifest, catalog } = backup;
  const { into, signal, mapRoles = {} } = options;
  const exists = await databaseExists(into, signal);
  const isSwap = options.swap === true && exists;
  const how = options.tables ? 'tables' : isSwap ? 'swap' : exists ? 'empty' : 'new';
  const maintenance =
    how === 'new' || how === 'swap' ? await maintenanceAddress(into, signal) : undefined;
  const database = databaseOf(into);
  return withConnection(exists ? into : (maintenance ?? into), signal, async (client) => {
    const facts = await readTargetFacts(client, into);
    const roleOf = roleFinder(facts.roles, mapRoles);
    const note = how === 'empty' ? await readNote(client) : undefined;
    const report: RestoreReport = {
      backupId: manifest.id,
      database,
      serverVersion: facts.serverVersion,
      how,
      resumes: note?.seal === manifest.seal,
      differences: restoreDifferences(manifest, facts, {
        catalog,
        dumpBytes: dumpBytes(backup),
        roleOf,
        mapRoles,
        isNewDatabase: maintenance !== undefined,
        isWhole: how !== 'tables',
      }),
      sessions: exists && how !== 'tables' ? await sessionsIn(client, database) : [],
      objects: how === 'empty' ? await othersObjects(client, note) : [],
    };
    refuseForeignNote(note, manifest.seal, database);
    return { report, facts, roleOf, maintenance };
  });
}

/** What stands in a target that should be empty, besides what an unfinished restore left there. */
async function othersObjects(client: pg.Client, note: RestoreNote | undefined): Promise<string[]> {
  if (note) return [];
  return objectsInTarget(client, NOTE_SCHEMA);
}

function refuseForeignNote(note: RestoreNote | undefined, seal: string, database: string): void {
  if (!note || note.seal === seal) return;
  throw new RestoreUnfinishedError(
    `The database ${database} holds an unfinished restore of the backup ${note.backupId}. Finish that one, or drop the database and restore into a new one.`,
  );
}

/** Refuses what the report shows to be impossible. @throws TargetNotEmptyError, TargetLacksError, TargetInUseError */
export function assertPossible(
  { report, facts }: RestorePlan,
  options: Pick<RestoreBackupOptions, 'sessions'>,
): void {
  if (report.objects.length > 0) throw new TargetNotEmptyError(report.objects);
  const blocking = report.differences.filter(({ severity }) => severity === 'blocks');
  if (blocking.length > 0) {
    throw new TargetLacksError(
      `The target server lacks ${blocking.map(({ detail }) => detail).join('; ')}. Nothing was changed. Add what is missing and restore again.`,
    );
  }
  if (report.how !== 'empty' && report.how !== 'tables' && !facts.mayCreateDatabases) {
    throw new ScratchDatabaseError(
      `The role ${facts.role} may not create a database on that server. Run ALTER ROLE ${facts.role} CREATEDB, or restore into an empty database that exists.`,
    );
  }
  const refuses = (options.sessions ?? 'refuse') === 'refuse';
  if (report.sessions.length > 0 && refuses && report.how !== 'tables')
    throw new TargetInUseError(report.database, report.sessions);
}
