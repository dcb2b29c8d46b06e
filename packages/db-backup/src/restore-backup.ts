import { type Catalog, quoteIdent } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from './connection/connect.ts';
import { queryRow, queryRows } from './connection/query-rows.ts';
import type { BackupIdentity } from './encryption/encryption.ts';
import { TargetLacksError, TargetNotEmptyError } from './errors.ts';
import { findRestoreTools } from './native/restore-tools.ts';
import type { OnProgress } from './progress.ts';
import { restoreDump } from './restore/restore-dump.ts';
import { rolesOfPolicies } from './snapshot/roles-named.ts';
import { withUseLease } from './storage/lease.ts';
import type { SealedManifest } from './storage/manifest.ts';
import { type OpenedBackup, openBackup } from './storage/open-backup.ts';
import { locateBackup } from './storage/open-storage.ts';
import { objectsInTarget } from './target-objects.ts';

export interface RestoreBackupOptions {
  /** Direct address of an existing, empty database. */
  readonly into: string;
  /** Secret keys or passphrases; needed where the backup is encrypted. */
  readonly identities?: readonly BackupIdentity[];
  /** Public keys of which one must have signed the backup. @default no signature is demanded */
  readonly trustedKeys?: readonly string[];
  /** Folder of `pg_restore`. @default PATH and the usual places */
  readonly binDir?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface RestoreResult {
  readonly manifest: SealedManifest;
  /** True when a failure would have left the target as empty as it was. */
  readonly oneTransaction: boolean;
  /** Roles of the source that the target server lacks; what they owned now belongs to the restoring role. */
  readonly missingRoles: readonly string[];
}

/**
 * Restores a backup into an empty database, after its files were compared with the manifest. Owners and
 * grants are not restored: everything belongs to the role that restores. What is encrypted is decrypted on its way to
 * the server; nothing of it touches the disk in clear.
 *
 * @throws BackupDamagedError, BackupSwappedError before anything is written, when a file differs from the manifest
 * @throws SignatureMissingError, UntrustedKeyError, SignatureInvalidError before anything is written, where a signature
 * is demanded
 * @throws IdentityMissingError, WrongIdentityError before anything is written, where it cannot be decrypted
 * @throws TargetNotEmptyError, TargetLacksError before anything is written
 * @throws EngineUnavailableError before anything is written, when a native dump needs a `pg_restore` that is not here or
 * that the target server is too old for
 * @throws RestoreFailedError, ToolFailedError when the server refuses something on the way
 * @example
 * ```ts
 * await restoreBackup('backups/app-20260101T000000Z-1a2b3c', { into: 'postgresql://me@host/empty' });
 * // pg_restore --no-owner --no-acl --single-transaction
 * ```
 */
export async function restoreBackup(
  path: string,
  options: RestoreBackupOptions,
): Promise<RestoreResult> {
  const place = await locateBackup(path);
  return withUseLease(place, options, async () => {
    const backup = await openBackup(place, {
      ...options,
      onBytes: (doneBytes) => options.onProgress?.({ phase: 'check files', doneBytes }),
    });
    return restoreOpened(backup, options);
  });
}

/** The restore proper, of a backup whose files were just checked. */
export async function restoreOpened(
  backup: OpenedBackup,
  options: RestoreBackupOptions,
): Promise<RestoreResult> {
  const { manifest, catalog } = backup;
  const { engine } = manifest;
  const { tools, ...target } = await withConnection(
    options.into,
    options.signal,
    async (client) => {
      const serverMajor = await majorOf(client);
      const tools =
        engine.name === 'native'
          ? await findRestoreTools(engine.version, serverMajor, options.binDir)
          : undefined;
      return { tools, serverMajor, ...(await prepareTarget(client, catalog)) };
    },
  );
  const totalBytes = [backup.dump, ...backup.dataFiles].reduce((sum, file) => sum + file.bytes, 0);
  await restoreDump(backup, {
    connectionString: options.into,
    oneTransaction: target.oneTransaction,
    serverMajor: target.serverMajor,
    tools,
    signal: options.signal,
    onBytes: (doneBytes) => options.onProgress?.({ phase: 'restore', doneBytes, totalBytes }),
  });
  const { oneTransaction, roles } = target;
  return {
    manifest,
    oneTransaction: oneTransaction && backup.dataFiles.length === 0,
    missingRoles: manifest.roles.filter((role) => !roles.has(role)),
  };
}

async function majorOf(client: pg.Client): Promise<number> {
  const { major } = await queryRow<{ major: string }>(
    client,
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  );
  return Number(major);
}

interface Target {
  readonly oneTransaction: boolean;
  readonly roles: ReadonlySet<string>;
}

/** Refuses a target that holds anything or lacks something; makes its `public` schema fit. */
async function prepareTarget(client: pg.Client, catalog: Catalog): Promise<Target> {
  const found = await objectsInTarget(client);
  if (found.length > 0) throw new TargetNotEmptyError(found);
  const extensions = new Set(await names(client, 'SELECT name FROM pg_available_extensions'));
  const roles = new Set(await names(client, 'SELECT rolname AS name FROM pg_roles'));
  const lacks = [
    ...catalog.extensions
      .filter((extension) => !extensions.has(extension.name))
      .map((extension) => `the extension ${extension.name} (install it on that server)`),
    ...rolesOfPolicies(catalog)
      .filter((role) => !roles.has(role))
      .map(
        (role) => `the role ${role}, named by a policy (CREATE ROLE ${quoteIdent(role)} NOLOGIN)`,
      ),
  ];
  if (lacks.length > 0) {
    throw new TargetLacksError(
      `The target server lacks ${lacks.join('; ')}. Nothing was changed. Add what is missing and restore again.`,
    );
  }
  if (!catalog.schemas.some((schema) => schema.name === 'public')) {
    await client.query('DROP SCHEMA IF EXISTS public');
  }
  const limits = await queryRow<{ locks: string }>(
    client,
    `SELECT current_setting('max_locks_per_transaction')::bigint *
         (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS locks`,
  );
  return {
    oneTransaction: locksNeeded(catalog) < Number(limits.locks) / 2,
    roles,
  };
}

/** A restore locks each table, its TOAST table and their indexes, and each sequence and function. */
function locksNeeded(catalog: Catalog): number {
  return catalog.relations.reduce(
    (sum, relation) => sum + 4 + relation.indexes.length + relation.constraints.length,
    catalog.sequences.length + catalog.functions.length,
  );
}

async function names(client: pg.Client, query: string): Promise<string[]> {
  return (await queryRows<{ name: string }>(client, query)).map((row) => row.name);
}
