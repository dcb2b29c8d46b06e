import { type PostgresServer, startPostgres } from '@tothub/db-testkit';
import { testCluster } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addCounter, getNumber, setNumber } from '../../test/counter-table.ts';
import { createDatabase, type Database } from '../database/create-database.ts';
import type { ReadDatabase } from '../database/database.ts';
import { CancelledError, InvalidInputError } from '../errors.ts';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { withTransaction } from '../transaction/with-transaction.ts';

const getPort = defineQuery({
  name: 'getPort',
  access: 'read',
  input: z.object({}),
  row: z.object({ port: pgType.text, isInRecovery: pgType.bool }),
  rows: 'one',
  sql: () => sql`SELECT current_setting('port') AS port, pg_is_in_recovery() AS "isInRecovery"`,
  samples: [{}],
});

let primary: PostgresServer;
let replicas: PostgresServer[] = [];
let db: Database;

const portOf = async (reads: ReadDatabase): Promise<number> =>
  Number((await getPort(reads, {})).port);
const portsOf = async (reads: ReadDatabase, times: number): Promise<Set<number>> => {
  const ports = new Set<number>();
  for (let i = 0; i < times; i++) ports.add(await portOf(reads));
  return ports;
};

async function command(server: PostgresServer, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  await client.query(text);
  await client.end();
}

async function until(isDone: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  primary = await startPostgres({
    major: testCluster().major,
    settings: { wal_level: 'replica', max_wal_senders: '8', synchronous_commit: 'on' },
  });
  await command(
    primary,
    'CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL); INSERT INTO counter VALUES (1, 0)',
  );
  replicas = [await primary.startReplica(), await primary.startReplica()];
  db = await createDatabase({
    connectionString: primary.url(),
    replicas: replicas.map((replica) => replica.url()),
    maxConnections: 4,
  });
});
afterAll(async () => {
  await db?.close();
  for (const server of [...replicas, primary]) await server?.stop();
});
beforeEach(async () => {
  for (const replica of replicas) await command(replica, 'SELECT pg_wal_replay_resume()');
});

const replicaPorts = (): Set<number> => new Set(replicas.map(({ port }) => port));

describe('reads', () => {
  it('go to the primary unless the caller says otherwise', async () => {
    expect(await portsOf(db, 4)).toEqual(new Set([primary.port]));
  });

  it('take turns on the replicas', async () => {
    expect(await portsOf(db.read(), 4)).toEqual(replicaPorts());
    expect(db.replicas().map(({ status }) => status)).toEqual(['healthy', 'healthy']);
  });

  it('can be a transaction, on one replica', async () => {
    const options = { isolation: 'repeatable read', readOnly: true } as const;
    const ports = await withTransaction(db.read(), options, (tx) => portsOf(tx, 4));
    expect(ports.size).toBe(1);
    expect(replicaPorts()).toContain([...ports][0]);
  });

  it('go to the primary where there are no replicas', async () => {
    const alone = await createDatabase({ connectionString: primary.url() });
    try {
      const after = await alone.position();
      expect(await portOf(alone.read())).toBe(primary.port);
      expect(await portOf(alone.read({ after }))).toBe(primary.port);
      expect(() => alone.read({ after: 'nonsense' })).toThrow(InvalidInputError);
    } finally {
      await alone.close();
    }
  });
});

describe('a read after a write', () => {
  it('sees it, on a replica that has replayed it', async () => {
    for (let n = 1; n <= 20; n++) {
      await setNumber(db, { id: 1, n });
      const reads = db.read({ after: await db.position(), waitMs: 5_000 });
      expect(await getNumber(reads, { id: 1 })).toEqual({ n });
      expect(replicaPorts()).toContain(await portOf(reads));
    }
  });

  it('waits for the replay', async () => {
    for (const replica of replicas) await command(replica, 'SELECT pg_wal_replay_pause()');
    await setNumber(db, { id: 1, n: 100 });
    const reads = db.read({ after: await db.position(), waitMs: 10_000 });
    const [row, port] = await Promise.all([
      getNumber(reads, { id: 1 }),
      portOf(reads),
      new Promise((resolve) => setTimeout(resolve, 200)).then(() =>
        command(replicas[0] as PostgresServer, 'SELECT pg_wal_replay_resume()'),
      ),
    ]);
    expect(row).toEqual({ n: 100 });
    expect(port).toBe(replicas[0]?.port);
  });

  it('goes to the primary when the replay takes longer than it may wait', async () => {
    for (const replica of replicas) await command(replica, 'SELECT pg_wal_replay_pause()');
    await setNumber(db, { id: 1, n: 200 });
    const after = await db.position();
    const began = performance.now();
    const reads = db.read({ after, waitMs: 150 });
    expect(await getNumber(reads, { id: 1 })).toEqual({ n: 200 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
    expect(await portOf(db.read({ after, waitMs: 0 }))).toBe(primary.port);
    // Without the position it may see the past.
    expect(await getNumber(db.read(), { id: 1 })).not.toEqual({ n: 200 });
    const run = withTransaction(reads, { readOnly: true }, (tx) => getNumber(tx, { id: 1 }));
    expect(await run).toEqual({ n: 200 });
  });

  it('stops waiting when its signal says so', async () => {
    for (const replica of replicas) await command(replica, 'SELECT pg_wal_replay_pause()');
    await setNumber(db, { id: 1, n: 300 });
    const reads = db.read({ after: await db.position(), waitMs: 30_000 });
    const options = { readOnly: true, signal: AbortSignal.timeout(100) } as const;
    await expect(withTransaction(reads, options, async () => {})).rejects.toThrow(CancelledError);
  });
});

describe('a migration that a replica has not replayed', () => {
  it('does not fail reads', async () => {
    for (const replica of replicas) await command(replica, 'SELECT pg_wal_replay_pause()');
    await command(primary, 'ALTER TABLE counter ADD COLUMN IF NOT EXISTS label text');
    const getLabel = defineQuery({
      name: 'getLabel',
      access: 'read',
      input: z.object({}),
      row: z.object({ label: pgType.text.nullable() }),
      rows: 'one',
      sql: () => sql`SELECT label FROM public.counter WHERE id = 1`,
      samples: [{}],
    });
    expect(await getLabel(db.read(), {})).toEqual({ label: null });
  });
});

describe('a replica that is lost', () => {
  it('is left out without a failed or wrong answer, and comes back', async () => {
    const [lost, other] = replicas as [PostgresServer, PostgresServer];
    await portsOf(db.read(), 4);
    let isOver = false;
    const answers: (number | undefined)[] = [];
    const reading = (async () => {
      while (!isOver) answers.push((await getNumber(db.read(), { id: 1 }))?.n);
    })();
    await lost.halt('crash');
    const after = await db.position();
    expect(await portsOf(db.read({ after, waitMs: 5_000 }), 6)).toEqual(new Set([other.port]));
    expect(db.replicas()[0]).toMatchObject({ status: 'down' });
    isOver = true;
    await reading;
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.every((n) => typeof n === 'number')).toBe(true);

    await lost.resume();
    await until(async () => {
      await getNumber(db.read(), { id: 1 });
      return db.replicas()[0]?.status === 'healthy';
    });
    expect(await portsOf(db.read(), 6)).toEqual(replicaPorts());
  });

  it('leaves reads to the primary when it was the last', async () => {
    for (const replica of replicas) await replica.halt('crash');
    try {
      expect(await portsOf(db.read(), 4)).toEqual(new Set([primary.port]));
      const run = withTransaction(db.read(), { readOnly: true }, (tx) => portOf(tx));
      expect(await run).toBe(primary.port);
    } finally {
      for (const replica of replicas) await replica.resume();
      await until(async () => {
        await portsOf(db.read(), 2);
        return db.replicas().every(({ status }) => status === 'healthy');
      });
    }
  });

  it('by its promotion is never asked for what it cannot know', async () => {
    const promoted = await primary.startReplica();
    const own = await createDatabase({
      connectionString: primary.url(),
      replicas: [promoted.url()],
    });
    try {
      expect(await portOf(own.read())).toBe(promoted.port);
      await command(promoted, 'SELECT pg_promote(true, 30)');
      await addCounter(own, { id: 7, n: 7 });
      const reads = own.read({ after: await own.position(), waitMs: 5_000 });
      expect(await getNumber(reads, { id: 7 })).toEqual({ n: 7 });
      expect(own.replicas()).toMatchObject([{ status: 'down' }]);
      expect(await portOf(own.read())).toBe(primary.port);
    } finally {
      await own.close();
      await promoted.stop();
    }
  });

  it('was never there: a wrong URL costs no answer', async () => {
    const url = new URL(primary.url());
    url.port = '1';
    const own = await createDatabase({ connectionString: primary.url(), replicas: [url.href] });
    try {
      expect(await portOf(own.read())).toBe(primary.port);
      expect(own.replicas()).toMatchObject([{ status: 'down' }]);
    } finally {
      await own.close();
    }
  });

  it('is no replica at all: a primary in its place is not read', async () => {
    const own = await createDatabase({
      connectionString: primary.url(),
      replicas: [primary.url()],
    });
    try {
      await getNumber(own.read(), { id: 1 });
      expect(own.replicas()).toMatchObject([{ status: 'down' }]);
    } finally {
      await own.close();
    }
  });
});
