import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type ClusterHome,
  giveTo,
  makeScratch,
  serverEnvironment,
} from '@tothub/db-embedded/parts';
import pg from 'pg';

const run = promisify(execFile);

/**
 * Copies a running cluster into a scratch folder as a hot standby that streams from it: what pg_basebackup does,
 * which npm's programs lack.
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function makeReplicaCluster(
  primary: ClusterHome,
  { url, port }: { readonly url: string; readonly port: number },
): Promise<ClusterHome> {
  const { account } = primary;
  const scratch = makeScratch(account, 'pgtest-');
  const dataDir = join(scratch, 'data');
  const write = (name: string, text: string): void => {
    writeFileSync(join(dataDir, name), text);
    giveTo(account, join(dataDir, name));
  };
  const session = new pg.Client({ connectionString: url });
  try {
    await session.connect();
    await session.query(`SELECT pg_backup_start('replica', true)`);
    await run('cp', ['-R', '-p', primary.dataDir, dataDir], {
      ...account,
      env: serverEnvironment(),
      cwd: '/',
    });
    const { rows } = await session.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(false)',
    );
    rmSync(join(dataDir, 'postmaster.pid'));
    // Half written when it was copied; all that is needed comes over the wire.
    rmSync(join(dataDir, 'pg_wal'), { recursive: true });
    mkdirSync(join(dataDir, 'pg_wal'), { mode: 0o700 });
    giveTo(account, join(dataDir, 'pg_wal'));
    write('backup_label', rows[0]?.labelfile ?? '');
    write('standby.signal', '');
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  } finally {
    await session.end().catch(() => {});
  }
  const settings = {
    ...primary.settings,
    primary_conninfo: `host=127.0.0.1 port=${port} user=postgres`,
  };
  return { dataDir, account, cached: true, scratch, stopSignal: 'SIGQUIT', settings };
}
