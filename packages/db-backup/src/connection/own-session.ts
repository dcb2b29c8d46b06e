import pg from 'pg';
import { PoolerConnectionError } from '../errors.ts';
import { maskPassword, nodeConnectionString } from './connection-string.ts';

/** Addresses that were looked at, although another process answers than the log-in named, as behind Neon's proxy. */
const known = new Set<string>();

/**
 * Refuses a session that a transaction pooler lends for one statement at a time: settings would be lost on the way.
 * Straight from a server, the process that the log-in named is the one that answers, and nothing more is asked.
 *
 * @throws PoolerConnectionError
 */
export async function assertSession(client: pg.Client, connectionString: string): Promise<void> {
  const { host, port } = client;
  if (known.has(`${host}:${port}`)) return;
  const named = (client as pg.Client & { processID: number | null }).processID;
  const before = await processOf(client);
  if (named === before) return;
  const other = new pg.Client({ connectionString: nodeConnectionString(connectionString) });
  other.on('error', () => undefined);
  await other.connect();
  try {
    // The idle session of the first is what a transaction pooler gives to whoever comes next.
    await other.query('BEGIN');
    const isShared = (await processOf(other)) === before;
    const hasMoved = (await processOf(client)) !== before;
    await other.query('ROLLBACK');
    if (!isShared && !hasMoved) {
      known.add(`${host}:${port}`);
      return;
    }
  } finally {
    await other.end();
  }
  throw new PoolerConnectionError(
    `${maskPassword(connectionString)} leads to a transaction pooler, which cannot hold the snapshot of a backup. Use the address of the server itself, or a pool that keeps sessions.`,
  );
}

async function processOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
