import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres } from '@tothub/db-testkit';
import { testCluster } from '@tothub/db-testkit/vitest';
import { expect, it } from 'vitest';
import { DatabaseError } from '../errors.ts';
import { createDatabase } from './create-database.ts';
import { executor } from './database.ts';

const read = (text: string, values: readonly unknown[] = []) =>
  ({ name: 'look', text, values, shape: null, access: 'read' }) as const;
const write = (text: string, values: readonly unknown[] = []) =>
  ({ name: 'change', text, values, shape: null, access: 'write' }) as const;

it('a crash of the server costs no read, and no write that was confirmed', async () => {
  // Its own server: a killed process takes all sessions of a server with it.
  // Throwaway servers confirm before they have written, unless they are told not to.
  const settings = { synchronous_commit: 'on', fsync: 'on' };
  const server = await startPostgres({ major: testCluster().major, settings });
  const db = await createDatabase({ connectionString: server.url(), maxConnections: 4 });
  const run = db[executor];
  await run.execute(write('CREATE TABLE entry (n int PRIMARY KEY)'));
  let isOver = false;

  const readers = Array.from({ length: 6 }, async (_, reader) => {
    let answers = 0;
    while (!isOver) {
      const { rows } = await run.execute(read('SELECT $1::int + $2 AS sum', [reader, answers]));
      expect(rows).toEqual([{ sum: reader + answers }]);
      answers++;
    }
    return answers;
  });
  const confirmed: number[] = [];
  const failed: number[] = [];
  const writer = async (): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      try {
        await run.execute(write('INSERT INTO entry VALUES ($1)', [n]));
        confirmed.push(n);
      } catch (error) {
        expect(error).toBeInstanceOf(DatabaseError);
        failed.push(n);
      }
    }
  };
  const writing = writer();

  await delay(200);
  const { rows } = await run.execute(read('SELECT pg_backend_pid() AS pid'));
  const { pid } = rows[0] as { pid: number };
  process.kill(pid, 'SIGKILL');
  await delay(700);
  isOver = true;
  await Promise.all([...readers, writing]);

  const { rows: kept } = await run.execute(read('SELECT n FROM entry ORDER BY n'));
  const present = new Set(kept.map((row) => (row as { n: number }).n));
  expect(confirmed.filter((n) => !present.has(n))).toEqual([]);
  const unexplained = [...present].filter((n) => !confirmed.includes(n) && !failed.includes(n));
  expect(unexplained).toEqual([]);
  const { rows: now } = await run.execute(read('SELECT pg_backend_pid() AS pid'));
  expect((now[0] as { pid: number }).pid).not.toBe(pid);
  expect(confirmed.length).toBeGreaterThan(0);
  await db.close();
  await server.stop();
});
