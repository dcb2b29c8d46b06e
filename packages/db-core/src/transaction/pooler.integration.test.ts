import { type Pgbouncer, pgbouncerBinary, startPgbouncer } from '@tothub/db-testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addCounter,
  databaseWithCounter,
  getNumber,
  getSession,
  setNumber,
  sleep,
} from '../../test/counter-table.ts';
import { createDatabase, type Database } from '../database/create-database.ts';
import { StatementTimeoutError, UniqueViolationError } from '../errors.ts';
import { withTransaction } from './with-transaction.ts';

const server = await databaseWithCounter();
afterAll(() => server.drop());

describe.runIf(pgbouncerBinary() !== undefined)('behind PgBouncer by transactions', () => {
  let pooler: Pgbouncer;
  let db: Database;

  beforeAll(async () => {
    pooler = await startPgbouncer({ url: server.url, settings: { default_pool_size: 2 } });
    db = await createDatabase({ connectionString: pooler.url, maxConnections: 6 });
  });
  afterAll(async () => {
    await db?.close();
    await pooler?.stop();
  });

  it('timeouts are those of each transaction, and stay in it', async () => {
    const before = await getSession(db, {});
    await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        const timeoutMs = 1_001 + n;
        const inside = await withTransaction(db, { timeoutMs, lockTimeoutMs: timeoutMs }, (tx) =>
          getSession(tx, {}),
        );
        expect(inside).toMatchObject({
          statementTimeout: `${timeoutMs}ms`,
          lockTimeout: `${timeoutMs}ms`,
        });
        expect(await getSession(db, {})).toMatchObject({
          statementTimeout: before.statementTimeout,
          lockTimeout: before.lockTimeout,
        });
      }),
    );
  });

  it('a statement that takes too long is ended, and the transaction rolled back', async () => {
    const run = withTransaction(db, { timeoutMs: 60 }, async (tx) => {
      await setNumber(tx, { id: 1, n: 9 });
      await sleep(tx, { seconds: 20 });
    });
    await expect(run).rejects.toThrow(StatementTimeoutError);
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 0 });
  });

  it('savepoints and conflicts work as on the server itself', async () => {
    await Promise.all(
      Array.from({ length: 6 }, () =>
        withTransaction(db, { isolation: 'serializable' }, async (tx) => {
          const taken = withTransaction(tx, {}, (nested) => addCounter(nested, { id: 1, n: 1 }));
          await expect(taken).rejects.toThrow(UniqueViolationError);
          const row = await getNumber(tx, { id: 1 });
          await setNumber(tx, { id: 1, n: (row?.n ?? 0) + 1 });
        }),
      ),
    );
    expect(await getNumber(db, { id: 1 })).toEqual({ n: 6 });
  });
});
