import type { RecordedAccess } from '../access/recorded-access.ts';
import { BackupDamagedError } from '../errors.ts';
import type { Selection } from '../selection/selection.ts';
import type { Sample } from '../snapshot/fingerprint.ts';
import type { SequenceValue } from '../snapshot/sequence-values.ts';
import type { FileRecord } from './checked-file.ts';
import { openSealedJson, type Sealed, type Signer, sealJson } from './sealed-json.ts';

/** Rows of one table in a backup. */
export interface ManifestTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  /** See `hashAlgorithm` of the manifest; null where the backup was taken without content hashes. */
  readonly hash: string | null;
  /** Set where only a sample of the rows is in the hash. */
  readonly sample?: Sample;
  /** File that holds the rows, before encryption; the one of the dump where it is left out. */
  readonly file?: string;
}

/** A sequence, read before and after the dump: what the dump holds lies between. */
export interface ManifestSequence extends SequenceValue {
  readonly lastValueAfter: string;
  readonly isCalledAfter: boolean;
}

/** Which database a backup is of, and what is needed to make one like it. */
export interface DatabaseIdentity {
  readonly name: string;
  readonly oid: string;
  /** `pg_control_system()`; null where the role may not read it. */
  readonly systemIdentifier: string | null;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly localeProvider: string;
  readonly locale: string | null;
}

/** What a backup says of itself to everyone, encrypted or not. Always in `manifest.json`. */
export interface ManifestHead {
  /** 1 for a plain backup, 2 for an encrypted one. */
  readonly formatVersion: 1 | 2;
  readonly id: string;
  readonly engine: { readonly name: 'native' | 'wasm'; readonly version: string };
  readonly server: { readonly version: string; readonly versionNumber: number };
  readonly database: DatabaseIdentity;
  readonly snapshot: { readonly id: string; readonly lsn: string | null };
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Set where the backup does not hold everything; `selection` says what. */
  readonly isSelective?: true;
  /** Absent where nothing is encrypted. */
  readonly encryption?: { readonly format: 'age'; readonly opensWith: 'identity' | 'passphrase' };
  /** Names, lengths and SHA-256 of the files as they lie there. */
  readonly files: readonly FileRecord[];
}

/**
 * What a backup says of its contents: in `manifest.json` of a plain backup, in `contents.json.age` of an encrypted one,
 * since names, counts and hashes tell a lot, and the contents of a small table can be guessed from its hash.
 */
export interface ManifestContents {
  readonly hashAlgorithm: string;
  readonly tables: readonly ManifestTable[];
  readonly sequences: readonly ManifestSequence[];
  readonly largeObjects: { readonly count: number; readonly hash: string | null };
  readonly extensions: readonly { readonly name: string; readonly version: string }[];
  /** Roles that own something, hold a grant or are named by a policy. */
  readonly roles: readonly string[];
  /** Owners, privileges and settings of the database; absent in backups of before they were recorded. */
  readonly access?: RecordedAccess;
  /** What the backup holds, where that is not everything. */
  readonly selection?: Selection;
  /** What a restore of this backup will not bring back, in words. */
  readonly missing: readonly string[];
}

/** What a backup is, enough by itself to check and restore it. */
export interface BackupManifest extends ManifestHead, ManifestContents {}

/** The part for everyone as it was read, with the seal that a receipt refers to. */
export interface SealedManifestHead extends ManifestHead {
  readonly seal: string;
  /** Key id and Ed25519 signature; absent where the backup was not signed. */
  readonly signature?: string;
}

/** A manifest as it was read, with the seal that a receipt refers to. */
export interface SealedManifest extends SealedManifestHead, ManifestContents {}

export const MANIFEST_FILE = 'manifest.json';
export const CATALOG_FILE = 'catalog.json';
export const CONTENTS_FILE = 'contents.json';

/** Name of the dump, without the ending of an encrypted file. */
export function dumpFileName(engine: ManifestHead['engine']['name']): string {
  return engine === 'native' ? 'dump.pgdump' : 'dump.tothub';
}

/** Name of a file with rows of a backup that several sessions took, without the ending of an encrypted file. */
export function dataFileName(engine: ManifestHead['engine']['name'], number: number): string {
  return dumpFileName(engine).replace('dump', `data-${number}`);
}

/** True for a name that `dataFileName` gave. */
export function isDataFile(name: string): boolean {
  return /^data-\d+\.(pgdump|tothub)$/.test(name);
}

/** Names of the files that make up a backup, besides its manifest. */
export function fileNames(head: Pick<ManifestHead, 'engine' | 'encryption'>): string[] {
  const names = [dumpFileName(head.engine.name), CATALOG_FILE];
  return head.encryption ? [...names, CONTENTS_FILE].map(encryptedName) : names;
}

/** Name of a file once it is encrypted. */
export function encryptedName(name: string): string {
  return `${name}.age`;
}

/** Text of `manifest.json`. */
export function serialiseManifest(
  manifest: ManifestHead | BackupManifest,
  signer: Signer | undefined,
): string {
  return sealJson(manifest, MANIFEST_FILE, signer);
}

/** @throws BackupDamagedError when the text was edited or is of a later format */
export function parseManifest(text: string): Sealed<SealedManifestHead> {
  const sealed = openSealedJson<SealedManifestHead>(text, MANIFEST_FILE);
  const { formatVersion } = sealed.value;
  if (formatVersion !== 1 && formatVersion !== 2) {
    throw new BackupDamagedError(
      `This backup has format ${formatVersion}; this version reads formats 1 and 2. Use the version that wrote it, or a later one.`,
    );
  }
  return sealed;
}
