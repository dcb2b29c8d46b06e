import { chownSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { ServerAccountError } from './errors.ts';

/** Whom the server runs as: empty is this process's own user, else options for `spawn`. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * PostgreSQL refuses to run as root: root's servers run as `PGTEST_USER`, `postgres` or `nobody`, the first
 * that exists.
 * @throws ServerAccountError when there is none, or when this user has no name (initdb wants one).
 */
export function serverAccount(): Account {
  if (process.getuid?.() !== 0) {
    assertNamed();
    return {};
  }
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of [process.env.PGTEST_USER, 'postgres', 'nobody']) {
    const row = accounts.find((account) => account[0] === name);
    // macOS writes nobody as -2.
    if (row) return { uid: Number(row[2]) >>> 0, gid: Number(row[3]) >>> 0 };
  }
  throw new ServerAccountError(
    'PostgreSQL does not run as root, and neither postgres nor nobody exists here. Name an unprivileged account in PGTEST_USER.',
  );
}

function assertNamed(): void {
  try {
    userInfo();
  } catch (cause) {
    throw new ServerAccountError(
      `The user id ${process.getuid?.()} has no name on this machine, and PostgreSQL's initdb needs one. Run as a user that /etc/passwd lists, or as root.`,
      { cause },
    );
  }
}

/** Makes a file or folder the account's own, where that is another user. */
export function giveTo(account: Account, path: string): void {
  if (account.uid !== undefined) chownSync(path, account.uid, account.gid ?? account.uid);
}

/** True when the account can enter the folder: its own user always, another one when "others" may. */
export function canEnter(account: Account, folder: string): boolean {
  if (account.uid === undefined) return true;
  for (let dir = realpathSync(folder); ; dir = dirname(dir)) {
    const { mode, uid } = statSync(dir);
    if ((mode & (uid === account.uid ? 0o100 : 0o001)) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}
