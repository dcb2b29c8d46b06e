import { testDatabase } from '@tothub/db-testkit/vitest';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  TransactionEndedError,
  TransactionRolledBackError,
  TransactionUsageError,
} from '../errors.ts';
import { withTransaction } from '../transaction/with-transaction.ts';
import { createDatabase } from './create-database.ts';
import { executor, type ReadDatabase } from './database.ts';
import { sharePool } from './share-pool.ts';
import { shareTransaction } from './share-transaction.ts';

const server = await testDatabase();
const db = await createDatabase({ connectionString: server.url, maxConnections: 2 });
const room = pgTable('room', { id: integer().primaryKey() });

beforeAll(() => sharePool(db).query('CREATE TABLE room (id int PRIMARY KEY)'));
afterAll(async () => {
  await db.close();
  await server.drop();
});

const insert = (to: ReadDatabase, id: number) =>
  to[executor].execute({
    name: 'room',
    text: 'INSERT INTO room VALUES ($1)',
    values: [id],
    shape: null,
  });
const rooms = async () =>
  (
    await drizzle({ client: sharePool(db) })
      .select()
      .from(room)
  ).map(({ id }) => id);

test('commits what both have written, and each sees what the other wrote', async () => {
  await withTransaction(db, {}, async (tx) => {
    await insert(tx, 1);
    const drizzled = drizzle({ client: shareTransaction(tx) });
    expect(await drizzled.select().from(room)).toEqual([{ id: 1 }]);
    await drizzled.insert(room).values({ id: 2 });
    await expect(insert(tx, 3)).resolves.toBeDefined();
  });
  expect(await rooms()).toEqual([1, 2, 3]);
});

test('rolls back what both have written', async () => {
  const failed = withTransaction(db, {}, async (tx) => {
    await insert(tx, 10);
    await drizzle({ client: shareTransaction(tx) })
      .insert(room)
      .values({ id: 11 });
    throw new RangeError('no');
  });
  await expect(failed).rejects.toThrow(RangeError);
  expect(await rooms()).toEqual([1, 2, 3]);
});

test('gives the error of pg, and does not commit past it', async () => {
  const failed = withTransaction(db, {}, async (tx) => {
    const twice = drizzle({ client: shareTransaction(tx) })
      .insert(room)
      .values({ id: 1 });
    await expect(twice).rejects.toMatchObject({
      cause: { code: '23505', constraint: 'room_pkey' },
    });
  });
  await expect(failed).rejects.toThrow(TransactionRolledBackError);
});

test('refuses a transaction of the library, which would commit the one around it', async () => {
  await withTransaction(db, {}, async (tx) => {
    const drizzled = drizzle({ client: shareTransaction(tx) });
    const inner = drizzled.transaction(async () => {});
    await expect(inner).rejects.toSatisfy((error: Error) =>
      [error, error.cause].some((each) => each instanceof TransactionUsageError),
    );
    for (const text of [' COMMIT', 'end', 'Rollback to x', 'savepoint x', 'START TRANSACTION']) {
      await expect(shareTransaction(tx).query(text)).rejects.toThrow(TransactionUsageError);
    }
    await withTransaction(tx, {}, async (inner2) => {
      await drizzle({ client: shareTransaction(inner2) })
        .insert(room)
        .values({ id: 4 });
    });
  });
  expect(await rooms()).toEqual([1, 2, 3, 4]);
});

test('sends nothing after the transaction has ended', async () => {
  const kept = await withTransaction(db, {}, async (tx) => shareTransaction(tx));
  await expect(kept.query('INSERT INTO room VALUES (99)')).rejects.toThrow(TransactionEndedError);
  expect(() => shareTransaction(db as never)).toThrow(TransactionUsageError);
});
