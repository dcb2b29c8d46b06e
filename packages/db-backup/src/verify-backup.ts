import type { KeyObject } from 'node:crypto';
import { type Check, failed, passed, skipped } from './check.ts';
import { compareRestored } from './compare-restored.ts';
import { withConnection } from './connection/connect.ts';
import { queryRow } from './connection/query-rows.ts';
import type { BackupIdentity } from './encryption/encryption.ts';
import {
  BackupDamagedError,
  EngineUnavailableError,
  messageOf,
  TargetLacksError,
} from './errors.ts';
import type { OnProgress } from './progress.ts';
import { restoreIntoScratch } from './restore/into-scratch.ts';
import { withScratchDatabase } from './scratch-database.ts';
import { createSigner } from './signing/signing-key.ts';
import type { BackupPlace } from './storage/backup-storage.ts';
import { withUseLease } from './storage/lease.ts';
import { type OpenedBackup, openBackup } from './storage/open-backup.ts';
import { locateBackup } from './storage/open-storage.ts';
import { removeReceipt, writeReceipt } from './storage/receipt.ts';
import type { Signer } from './storage/sealed-json.ts';
import { tablesHeld } from './tables-held.ts';

export interface VerifyBackupOptions {
  /** Server on which a scratch database is made; it may be the source's own. */
  readonly connectionString: string;
  /** Secret keys or passphrases; needed where the backup is encrypted. */
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
  readonly checks: readonly Check[];
}

const AFTER_RESTORE = ['catalog', 'counts', 'contents', 'sequences', 'large objects'] as const;

/**
 * Proves a backup: its files equal the manifest, it can be restored, and what was restored has the catalog,
 * rows, contents, sequences and large objects that the source had at the moment of the backup. Writes
 * `receipt.json` into the backup when all of that holds, and takes an older receipt back when not. Contents of a backup
 * without hashes are not compared (`skipped`).
 *
 * @throws ConnectionFailedError, ScratchDatabaseError, EngineUnavailableError, TargetLacksError when this
 * machine or server could not try; an older receipt then stays
 * @throws IdentityMissingError, WrongIdentityError, BackupKeyError, SignatureMissingError, UntrustedKeyError,
 * SignatureInvalidError likewise
 * @example
 * ```ts
 * const { ok, checks } = await verifyBackup(path, { connectionString: url });
 * // CREATE DATABASE tothub_scratch_…; restore; SELECT count(*), sum(hash of each row) …; DROP DATABASE …
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
  const checks: Check[] = [];
  const outcome = await inspect(place, options, checks);
  const ok = checks.every((check) => check.status !== 'failed');
  if (outcome && ok) {
    const { manifest, catalog } = outcome.backup;
    await writeReceipt(
      place,
      {
        formatVersion: 1,
        backupId: manifest.id,
        manifestSeal: manifest.seal,
        database: {
          name: manifest.database.name,
          oid: manifest.database.oid,
          systemIdentifier: manifest.database.systemIdentifier,
        },
        backupStartedAt: manifest.startedAt,
        verifiedAt: new Date().toISOString(),
        verifiedOn: outcome.serverVersion,
        checks: manifest.encryption ? checks.map((check) => ({ ...check, detail: '' })) : checks,
        objects: manifest.encryption ? null : tablesHeld(catalog),
      },
      signer,
    );
  } else {
    await removeReceipt(place).catch(() => undefined);
  }
  options.onProgress?.({ phase: 'done' });
  return { ok, checks };
}

interface Outcome {
  readonly backup: OpenedBackup;
  readonly serverVersion: string;
}

async function inspect(
  place: BackupPlace,
  options: VerifyBackupOptions,
  checks: Check[],
): Promise<Outcome | undefined> {
  const { signal, onProgress } = options;
  const skipRest = (names: readonly string[], why: string): undefined => {
    for (const name of names) checks.push(skipped(name, why));
  };
  let backup: OpenedBackup;
  try {
    backup = await openBackup(place, {
      ...options,
      onBytes: (doneBytes) => onProgress?.({ phase: 'check files', doneBytes }),
    });
  } catch (error) {
    if (!(error instanceof BackupDamagedError)) throw error;
    checks.push(failed('sealed', error.message));
    return skipRest(['restored', ...AFTER_RESTORE], 'the files are not whole');
  }
  const { manifest, catalog } = backup;
  checks.push(passed('sealed', describeFiles(backup, options.trustedKeys !== undefined)));
  return withScratchDatabase(
    options.connectionString,
    async (scratch) => {
      try {
        await restoreIntoScratch(backup, scratch, options);
        checks.push(
          passed('restored', `into a scratch database by the engine ${manifest.engine.name}`),
        );
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof EngineUnavailableError || error instanceof TargetLacksError)
          throw error;
        checks.push(failed('restored', messageOf(error)));
        return skipRest(AFTER_RESTORE, 'it could not be restored');
      }
      return withConnection(scratch, signal, async (client) => {
        checks.push(...(await compareRestored(client, manifest, catalog, onProgress)));
        const { version } = await queryRow<{ version: string }>(
          client,
          `SELECT current_setting('server_version') AS version`,
        );
        return { backup, serverVersion: version };
      });
    },
    { like: manifest.database, signal },
  );
}

function describeFiles({ manifest }: OpenedBackup, isSignatureChecked: boolean): string {
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const signed = isSignatureChecked ? ', signed by a trusted key' : '';
  return `${manifest.files.length} files, ${bytes} bytes, as the manifest says${signed}`;
}
