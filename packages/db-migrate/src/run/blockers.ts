import type { SqlClient } from '../connection/sql-client.ts';
import type { Blocker } from '../events.ts';
import type { Run } from '../lock/with-runner.ts';
import type { Job } from './job.ts';

const SQL = `
SELECT DISTINCT b.pid, a.application_name AS "applicationName", a.state,
       (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::float8 AS "transactionAgeMs"
FROM unnest(pg_blocking_pids($1)) AS b (pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid
ORDER BY b.pid`;

/** Sessions that the server process `backendPid` waits for at this moment; never their query texts. */
async function findBlockers(client: SqlClient, backendPid: number): Promise<Blocker[]> {
  return (await client.query<Blocker>(SQL, [backendPid])).rows;
}

/** Looks, while a statement runs, for those it waits for: once a lock has timed out nobody can tell any more. */
export interface BlockerWatch {
  readonly seen: readonly Blocker[];
  stop(): void;
}

/** Starts looking through the control connection, and reports each new set of blockers of a long wait. */
export function watchBlockers(run: Run, job: Job, reportsWaits: boolean): BlockerWatch {
  const { control, worker, options } = run;
  // Twice within a lock_timeout, so that every time-out has been looked at; then once a second.
  const first = Math.max(10, Math.min(1000, options.lockTimeoutMs / 3));
  let seen: Blocker[] = [];
  let reported = '';
  let stopped = false;
  let timer = setTimeout(look, first);
  timer.unref();

  async function look(): Promise<void> {
    const found = await findBlockers(control.client, worker.backendPid).catch(() => []);
    if (stopped) return;
    if (found.length > 0) seen = found;
    const pids = found.map((b) => b.pid).join();
    if (reportsWaits && pids !== '' && pids !== reported) {
      reported = pids;
      run.emit({
        type: 'lock-wait',
        version: job.version,
        sqlstate: null,
        attempt: 1,
        retryInMs: null,
        blockers: found,
      });
    }
    timer = setTimeout(look, reportsWaits ? 1000 : first);
    timer.unref();
  }

  return {
    get seen() {
      return seen;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
