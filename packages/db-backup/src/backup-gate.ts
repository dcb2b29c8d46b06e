import { qualifiedName } from '@tothub/db-catalog';
import { withConnection } from './connection/connect.ts';
import type { BackupIdentity } from './encryption/encryption.ts';
import { IdentityMissingError, WrongIdentityError } from './errors.ts';
import { assureWhole, type BackupListing } from './inspect-backup.ts';
import { listBackups } from './list-backups.ts';
import { describeDatabase } from './snapshot/describe-database.ts';
import type { DatabaseIdentity } from './storage/manifest.ts';
import { openChecked } from './storage/open-backup.ts';
import { locateBackup } from './storage/open-storage.ts';
import { tablesHeld } from './tables-held.ts';

export interface BackupGateOptions {
  /** Folder of all backups, or `s3://bucket/prefix`. */
  readonly directory: string;
  /** The database that is about to lose something. */
  readonly connectionString: string;
  /** How old a proven backup may be, counted from its snapshot. @default 86400000 (24 hours) */
  readonly maxAgeMs?: number;
  /** Public keys of which one must have signed backup and receipt. @default no signature is demanded */
  readonly trustedKeys?: readonly string[];
  /** Secret keys or passphrases, to read which tables an encrypted backup holds. */
  readonly identities?: readonly BackupIdentity[];
}

export type GateAnswer =
  | { readonly ok: true; readonly receipt: string }
  | { readonly ok: false; readonly reason: string };

/** Answers whether something may be destroyed. */
export interface BackupGate {
  check(objects: readonly string[]): Promise<GateAnswer>;
}

const DAY_MS = 86_400_000;

/**
 * Makes the gate that a destructive step asks first: it opens only when the newest proven backup of this very
 * database is whole, fresh and holds every object named (`schema.table`, quoted where
 * PostgreSQL asks for quotes).
 *
 * @example
 * ```ts
 * const gate = createBackupGate({ directory: 'backups', connectionString: url });
 * const answer = await gate.check(['public.old_table']);
 * ```
 */
export function createBackupGate(options: BackupGateOptions): BackupGate {
  const maxAgeMs = options.maxAgeMs ?? DAY_MS;
  return {
    async check(objects) {
      const database = await withConnection(options.connectionString, undefined, describeDatabase);
      // Only the one that counts is read, below.
      const listed = await listBackups(options.directory, { ...options, check: 'listing' });
      const backups = listed.filter(
        ({ manifest }) => manifest && isSame(manifest.database, database),
      );
      const refuse = (what: string): GateAnswer => ({
        ok: false,
        reason: `${what}. Take a backup of ${database.name} and verify it.`,
      });
      const untrusted = listed.find((backup) => backup.state === 'untrusted');
      if (backups.length === 0) {
        return untrusted?.problem
          ? { ok: false, reason: untrusted.problem }
          : refuse(`There is no whole backup of this database in ${options.directory}`);
      }
      const proven = backups.filter((backup) => backup.receipt !== null);
      if (proven.length === 0) return refuse('No backup of this database was ever verified');
      const { trustedKeys } = options;
      let refusal: GateAnswer | undefined;
      for (const backup of proven) {
        // Whether it is still what it was is found out by reading it where need be.
        const found = await assureWhole(backup, { ...(trustedKeys && { trustedKeys }) });
        if (!found?.receipt) continue;
        const answer = await judge(found, objects, refuse);
        if (answer.ok) return answer;
        refusal ??= answer;
        // Only a newer one that holds less is passed over.
        if (!found.manifest?.isSelective) break;
      }
      return (
        refusal ??
        refuse(`No verified backup of this database in ${options.directory} is whole any more`)
      );
    },
  };

  async function judge(
    newest: BackupListing,
    objects: readonly string[],
    refuse: (what: string) => GateAnswer,
  ): Promise<GateAnswer> {
    if (newest.ageMs > maxAgeMs) {
      return refuse(
        `The newest verified backup, ${newest.name}, is ${duration(newest.ageMs)} old; ${duration(maxAgeMs)} are allowed`,
      );
    }
    const open = newest.receipt?.checks.filter((check) => check.status !== 'passed') ?? [];
    if (open.length > 0) {
      return refuse(
        `Of the newest verified backup, ${newest.name}, not everything was compared: ${open.map((check) => check.name).join(', ')}`,
      );
    }
    const covered = await objectsOf(newest, options.identities);
    if ('reason' in covered) return covered;
    const absent = objects.filter((object) => !covered.has(normaliseName(object)));
    if (absent.length > 0) {
      return refuse(
        `The newest verified backup, ${newest.name}, does not hold ${absent.join(', ')}`,
      );
    }
    if (objects.length === 0 && newest.manifest?.isSelective) {
      return refuse(`The newest verified backup, ${newest.name}, does not hold everything`);
    }
    return { ok: true, receipt: newest.name };
  }
}

/** Tables that a proven backup holds; a refusal where it is encrypted and cannot be opened. */
async function objectsOf(
  { path, manifest, receipt }: BackupListing,
  identities: readonly BackupIdentity[] | undefined,
): Promise<ReadonlySet<string> | (GateAnswer & { ok: false })> {
  if (receipt?.objects) return new Set(receipt.objects);
  if (!manifest) return new Set();
  try {
    const opened = await openChecked(await locateBackup(path), manifest, identities);
    return new Set(tablesHeld(opened.catalog, opened.manifest.selection));
  } catch (error) {
    if (error instanceof IdentityMissingError || error instanceof WrongIdentityError) {
      return { ok: false, reason: error.message };
    }
    throw error;
  }
}

/** A table as SQL names it, in the one form that receipts use; `public` where no schema is named, columns left off. */
function normaliseName(name: string): string {
  const parts = [...name.matchAll(/"((?:[^"]|"")+)"|([^".\s]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const [schema = '', table] = parts.length > 1 ? parts : ['public', ...parts];
  return schema === '' || table === undefined ? name : qualifiedName(schema, table);
}

/** The same name is not enough: a dropped and re-created database has another OID, another server another number. */
function isSame(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  const bothKnown = a.systemIdentifier !== null && b.systemIdentifier !== null;
  return (
    a.name === b.name &&
    a.oid === b.oid &&
    (!bothKnown || a.systemIdentifier === b.systemIdentifier)
  );
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60
    ? `${Math.round(minutes / 60)} h`
    : `${Math.round(minutes / 1_440)} days`;
}
