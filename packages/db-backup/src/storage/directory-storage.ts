import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errors.ts';
import type {
  BackupDraft,
  BackupStorage,
  StoredBackup,
  StoredFile,
  StoredLease,
} from './backup-storage.ts';
import { MANIFEST_FILE } from './manifest.ts';
import { currentOwner, formatOwner, isOver, parseOwner } from './owner.ts';
import { syncFolder, writeFileAtomically } from './sync-folder.ts';

const PARTIAL = '.partial-';
const LEAVING = '.removing-';
const READ_BYTES = 1 << 18;

/**
 * Backups as folders of a directory, which is made when missing. A backup is filled under a temporary name and gets its
 * own only when all is done and synced; a killed run leaves a `.partial-…` that the next one sweeps.
 */
export function directoryStorage(directory: string): BackupStorage {
  const pathOf = (...names: readonly string[]): string => join(directory, ...names);
  return {
    location: directory,
    isRemote: false,
    pathOf,
    async list(signal) {
      const found: StoredBackup[] = [];
      for (const entry of await entriesOf(directory)) {
        signal?.throwIfAborted();
        const { name } = entry;
        const isPartial = name.startsWith(PARTIAL);
        if (!entry.isDirectory() || (name.startsWith('.') && !isPartial)) continue;
        const folder = await inspectFolder(pathOf(name));
        if (folder) found.push({ name, isPartial, ...folder });
      }
      return found;
    },
    async begin(name) {
      await mkdir(directory, { recursive: true });
      await sweepLeftovers(directory);
      const partial = pathOf(`${PARTIAL}${formatOwner(currentOwner())}_${name}`);
      await mkdir(partial, { mode: 0o700 });
      return draftIn(partial, pathOf(name));
    },
    async stat(name, file) {
      const found = await stat(pathOf(name, file)).catch(orAbsent);
      return found?.isFile() ? { name: file, bytes: found.size } : undefined;
    },
    read: (name, file) => createReadStream(pathOf(name, file), { highWaterMark: READ_BYTES }),
    replaceFile: (name, file, text) => writeFileAtomically(pathOf(name, file), text),
    async removeFile(name, file) {
      await rm(pathOf(name, file), { force: true });
      await syncFolder(pathOf(name));
    },
    async remove(name) {
      const leaving = pathOf(`${LEAVING}${name}`);
      try {
        await rename(pathOf(name), leaving);
      } catch (error) {
        return orAbsent(error);
      }
      await rm(leaving, { recursive: true, force: true });
    },
    leases: {
      write: (name) => writeFile(pathOf(name), new Date().toISOString(), { mode: 0o600 }),
      async list(beginning) {
        const found: StoredLease[] = [];
        for (const { name } of await entriesOf(directory)) {
          const file = name.startsWith(beginning) && (await stat(pathOf(name)).catch(orAbsent));
          if (!file) continue;
          const owner = parseOwner(name);
          found.push({ name, modifiedAt: file.mtime, isOver: !!owner && isOver(owner) });
        }
        return found;
      },
      remove: (name) => rm(pathOf(name), { force: true }),
    },
  };
}

/** A backup that is filled in one folder and then moved to another. */
export function draftIn(partial: string, path: string): BackupDraft {
  const draft: BackupDraft = {
    async writeFile(name, work) {
      const handle = await open(join(partial, name), 'wx', 0o600);
      try {
        await work({ write: (chunk) => handle.writeFile(chunk) });
        await handle.sync();
      } finally {
        await handle.close();
      }
      return {};
    },
    async publish(manifest) {
      await draft.writeFile(MANIFEST_FILE, (sink) => sink.write(Buffer.from(manifest)));
      await syncFolder(partial);
      await rename(partial, path);
      await syncFolder(join(path, '..'));
    },
    discard: () => rm(partial, { recursive: true, force: true }),
  };
  return draft;
}

async function entriesOf(directory: string) {
  return (await readdir(directory, { withFileTypes: true }).catch(orAbsent)) ?? [];
}

/** Undefined where it was removed, or given its final name, while we looked. */
async function inspectFolder(
  path: string,
): Promise<Pick<StoredBackup, 'modifiedAt' | 'files'> | undefined> {
  const folder = await stat(path).catch(orAbsent);
  if (!folder) return undefined;
  const files: StoredFile[] = [];
  for (const { name } of (await entriesOf(path)).filter((entry) => entry.isFile())) {
    const file = await stat(join(path, name)).catch(orAbsent);
    if (file) files.push({ name, bytes: file.size });
  }
  return { modifiedAt: folder.mtime, files };
}

/** Removes what dead runs left half-written or half-removed. */
async function sweepLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = parseOwner(name);
    if (name.startsWith(LEAVING) || (name.startsWith(PARTIAL) && owner && isOver(owner))) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}

function orAbsent(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}
