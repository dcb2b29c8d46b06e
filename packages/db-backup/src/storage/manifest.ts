import { BackupDamagedError } from '../errors.ts';
import type { SequenceValue } from '../snapshot/sequence-values.ts';
import type { FileRecord } from './checked-file.ts';
import { openSealedJson, sealJson } from './sealed-json.ts';

/** Rows of one table in a backup. */
export interface ManifestTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  /** See `hashAlgorithm` of the manifest. */
  readonly hash: string;
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

/** What a backup is, enough by itself to check and restore it. File `manifest.json`. */
export interface BackupManifest {
  readonly formatVersion: 1;
  readonly id: string;
  readonly engine: { readonly name: 'native' | 'wasm'; readonly version: string };
  readonly server: { readonly version: string; readonly versionNumber: number };
  readonly database: DatabaseIdentity;
  readonly snapshot: { readonly id: string; readonly lsn: string | null };
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly files: readonly FileRecord[];
  readonly hashAlgorithm: string;
  readonly tables: readonly ManifestTable[];
  readonly sequences: readonly ManifestSequence[];
  readonly largeObjects: { readonly count: number; readonly hash: string };
  readonly extensions: readonly { readonly name: string; readonly version: string }[];
  /** Roles that own something, hold a grant or are named by a policy. */
  readonly roles: readonly string[];
  /** What a restore of this backup will not bring back, in words. */
  readonly missing: readonly string[];
}

/** A manifest as it was read, with the seal that a receipt refers to. */
export interface SealedManifest extends BackupManifest {
  readonly seal: string;
}

export const MANIFEST_FILE = 'manifest.json';
export const CATALOG_FILE = 'catalog.json';

/** File that holds the dump. */
export function dumpFileName(engine: BackupManifest['engine']['name']): string {
  return engine === 'native' ? 'dump.pgdump' : 'dump.tothub';
}

/** Text of `manifest.json`. */
export function serialiseManifest(manifest: BackupManifest): string {
  return sealJson(manifest);
}

/** @throws BackupDamagedError when the text was edited or is of a later format */
export function parseManifest(text: string): SealedManifest {
  const manifest = openSealedJson(text, MANIFEST_FILE) as unknown as SealedManifest;
  if (manifest.formatVersion !== 1) {
    throw new BackupDamagedError(
      `This backup has format ${manifest.formatVersion}; this version reads format 1. Use the version that wrote it, or a later one.`,
    );
  }
  return manifest;
}
