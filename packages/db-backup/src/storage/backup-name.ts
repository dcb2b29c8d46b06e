import { randomBytes } from 'node:crypto';

/** Name of a new backup: database, UTC time and six random hexadecimal digits, safe on every file system. */
export function newBackupId(database: string, at: Date): string {
  const safe = database.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60) || '_';
  const time = at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `${safe}-${time}-${randomBytes(3).toString('hex')}`;
}

/** What `newBackupId` prints, at its end. */
export const LOOKS_LIKE_BACKUP = /-\d{8}T\d{6}Z-[0-9a-f]{6}$/;
