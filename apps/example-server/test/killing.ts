import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Ends every connection to a database, again and again, until stopped. */
export interface Killing {
  /** Tells how many it ended. */
  stop(): Promise<number>;
}

/** Starts to kill. It goes on while the server is away. */
export function killConnections(url: string, everyMs = 100): Killing {
  let isStopped = false;
  let killed = 0;
  const killer = `connection killer ${process.pid}`;

  async function strike(): Promise<void> {
    const client = new pg.Client({ connectionString: url, application_name: killer });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ killed: number }>(
        `SELECT count(pg_terminate_backend(pid))::int AS killed FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend'
           AND application_name <> $1`,
        [killer],
      );
      killed += rows[0]?.killed ?? 0;
    } catch {
      // The server is away.
    } finally {
      await client.end().catch(() => {});
    }
  }

  const running = (async () => {
    while (!isStopped) {
      await strike();
      await sleep(everyMs);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await running;
      return killed;
    },
  };
}
