/**
 * Where backups lie: named backups that hold named files. Everything else in this package reads and writes through this
 * interface alone, so that a folder and a bucket give the same promises: a backup is there whole or not at all.
 */

/** A file of a backup, as the storage tells of it without reading it. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/** A backup, or what a run has written of one so far. */
export interface StoredBackup {
  readonly name: string;
  /** True while it is being written, or where a run was killed before it was done. */
  readonly isPartial: boolean;
  readonly modifiedAt: Date;
  readonly files: readonly StoredFile[];
}

/** Takes what is written into a file, in its order. */
export interface FileSink {
  write(chunk: Uint8Array): Promise<void>;
}

/** A backup that is being written and that nobody takes for one before `publish`. */
export interface BackupDraft {
  /** Creates a file, lets `work` fill it, and makes it durable. Several may be written side by side. */
  writeFile(name: string, work: (sink: FileSink) => Promise<void>): Promise<void>;
  /** Adds the manifest and makes the backup visible under its name, at once. */
  publish(manifest: string): Promise<void>;
  /** Removes all that was written. A run that is killed cannot; the next one does it then. */
  discard(): Promise<void>;
}

export interface BackupStorage {
  /** As people and messages name it. */
  readonly location: string;
  /** Address of one backup, which the functions of this package take. */
  pathOf(name: string): string;
  /** Every backup and partial one, and perhaps folders that are neither; none where the place does not exist. */
  list(signal?: AbortSignal): Promise<StoredBackup[]>;
  /** Begins a backup, after what dead runs left is swept. */
  begin(name: string, signal?: AbortSignal): Promise<BackupDraft>;
  /** Undefined where there is no such file. */
  stat(name: string, file: string): Promise<StoredFile | undefined>;
  /** Reads a file from its beginning; it throws on the way where there is no such file. */
  read(name: string, file: string, signal?: AbortSignal): AsyncIterable<Buffer>;
  /** Writes a small file into a backup: after a crash, either the old one is there or the new one. */
  replaceFile(name: string, file: string, text: string): Promise<void>;
  /** One that is gone already is no error. */
  removeFile(name: string, file: string): Promise<void>;
  /** Removes a backup so that at no moment half of it passes for one. One that is gone already is no error. */
  remove(name: string): Promise<void>;
}

/** One backup in its storage. */
export interface BackupPlace {
  readonly storage: BackupStorage;
  readonly name: string;
  /** As people and messages name it. */
  readonly path: string;
}
