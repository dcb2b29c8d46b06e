/**
 * Where backups lie: named backups that hold named files. Everything else in this package reads and writes through this
 * interface alone, so that a folder and a bucket give the same promises: a backup is there whole or not at all.
 */

/** A file of a backup, as the storage tells of it without reading it. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** What the storage calls this very content, where it does so: it changes with any other. */
  readonly etag?: string | undefined;
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
  /**
   * Creates a file, lets `work` fill it, and makes it durable. Several may be written side by side. What comes back was
   * confirmed by the storage after the file was complete.
   */
  writeFile(
    name: string,
    work: (sink: FileSink) => Promise<void>,
  ): Promise<Pick<StoredFile, 'etag'>>;
  /** Adds the manifest and makes the backup visible under its name, at once. */
  publish(manifest: string): Promise<void>;
  /** Removes all that was written. A run that is killed cannot; the next one does it then. */
  discard(): Promise<void>;
}

export interface BackupStorage {
  /** As people and messages name it. */
  readonly location: string;
  /** True where reading costs time and money, and the storage guards its contents itself. */
  readonly isRemote: boolean;
  /** Address of one backup, which the functions of this package take, or of a file in it. */
  pathOf(...names: readonly [backup: string, file?: string]): string;
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
  readonly leases: LeaseFiles;
}

/** Small files beside the backups, whose times tell who is at work. */
export interface LeaseFiles {
  /** Creates an empty file, or gives it a new time. */
  write(name: string): Promise<void>;
  /** Those whose name begins in a certain way. Their times are by the clock of the storage, all of one. */
  list(beginning: string): Promise<StoredLease[]>;
  /** One that is gone already is no error. */
  remove(name: string): Promise<void>;
}

export interface StoredLease {
  readonly name: string;
  readonly modifiedAt: Date;
  /** True where it is certain that its process is gone. */
  readonly isOver: boolean;
}

/** One backup in its storage. */
export interface BackupPlace {
  readonly storage: BackupStorage;
  readonly name: string;
  /** As people and messages name it. */
  readonly path: string;
}
