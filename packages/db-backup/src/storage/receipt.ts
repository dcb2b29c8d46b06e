import { text } from 'node:stream/consumers';
import type { Check } from '../check.ts';
import { BackupDamagedError } from '../errors.ts';
import { assertSigned } from '../signing/signing-key.ts';
import type { VerificationLevel } from '../verify/verification-level.ts';
import type { BackupPlace } from './backup-storage.ts';
import { type DatabaseIdentity, MANIFEST_FILE, type SealedManifestHead } from './manifest.ts';
import { openSealedJson, type Signer, sealJson } from './sealed-json.ts';

/** What was proven of a backup, and how much. File `receipt.json`. */
export interface Receipt {
  readonly formatVersion: 1;
  /** Absent in receipts of before there were levels, which all proved `identical`. */
  readonly level?: VerificationLevel;
  readonly backupId: string;
  /** Seal of the manifest that was proven; any other manifest voids the receipt. */
  readonly manifestSeal: string;
  readonly database: Pick<DatabaseIdentity, 'name' | 'oid' | 'systemIdentifier'>;
  /** When the backup's snapshot was taken, at the latest. */
  readonly backupStartedAt: string;
  readonly verifiedAt: string;
  /** Version of the server that it was restored on; null where it was not restored. */
  readonly verifiedOn: string | null;
  /** Of an encrypted backup without their details, which are counts. */
  readonly checks: readonly Check[];
  /**
   * Tables whose rows were compared and roots of partitioned ones, as `qualifiedName` prints them. Null where nothing was
   * compared, and for an encrypted backup, whose names nobody may read here: they are those of its catalog.
   */
  readonly objects: readonly string[] | null;
}

const RECEIPT_FILE = 'receipt.json';

/** How much a receipt proves. */
export function levelOf(receipt: Receipt): VerificationLevel {
  return receipt.level ?? 'identical';
}

/** Writes the receipt beside the manifest. */
export async function writeReceipt(
  { storage, name, path }: BackupPlace,
  receipt: Receipt,
  signer: Signer | undefined,
): Promise<void> {
  if (!(await storage.stat(name, MANIFEST_FILE))) {
    throw new BackupDamagedError(
      `${path} was removed while it was verified. Verify another backup.`,
    );
  }
  await storage.replaceFile(name, RECEIPT_FILE, sealJson(receipt, RECEIPT_FILE, signer));
}

/** Takes back a receipt: the backup is no longer what it was. */
export async function removeReceipt({ storage, name }: BackupPlace): Promise<void> {
  await storage.removeFile(name, RECEIPT_FILE);
}

/**
 * Reads the receipt of a backup; null where there is none, or where it belongs to another manifest.
 *
 * @throws BackupDamagedError when it was edited
 * @throws SignatureMissingError, UntrustedKeyError, SignatureInvalidError where `trustedKeys` demand a signature
 */
export async function readReceipt(
  { storage, name }: BackupPlace,
  manifest: SealedManifestHead,
  trustedKeys?: readonly string[],
): Promise<Receipt | null> {
  if (!(await storage.stat(name, RECEIPT_FILE))) return null;
  const sealed = openSealedJson<Receipt>(
    await text(storage.read(name, RECEIPT_FILE)),
    RECEIPT_FILE,
  );
  if (trustedKeys) assertSigned(sealed, storage.pathOf(name, RECEIPT_FILE), trustedKeys);
  const receipt = sealed.value;
  if (receipt.formatVersion !== 1) {
    throw new BackupDamagedError(`${RECEIPT_FILE} has an unknown format. Verify the backup again.`);
  }
  const fits = receipt.manifestSeal === manifest.seal && receipt.backupId === manifest.id;
  return fits ? receipt : null;
}
