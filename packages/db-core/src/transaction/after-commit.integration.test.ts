import { afterAll, expect, test } from 'vitest';
import { addCounter, databaseWithCounter, getNumber } from '../../test/counter-table.ts';
import { createDatabase } from '../database/create-database.ts';
import { TransactionEndedError } from '../errors.ts';
import { withTransaction } from './with-transaction.ts';

const server = await databaseWithCounter();
const db = await createDatabase({ connectionString: server.url, maxConnections: 1 });
afterAll(async () => {
  await db.close();
  await server.drop();
});

test('hooks run in order after the outermost commit, and can use the database again', async () => {
  const log: unknown[] = [];
  await withTransaction(db, {}, async (tx) => {
    tx.afterCommit(async () => log.push(await getNumber(db, { id: 100 })));
    await withTransaction(tx, {}, async (nested) => {
      nested.afterCommit(() => log.push('nested'));
      await addCounter(nested, { id: 100, n: 1 });
    });
    tx.afterCommit(() => log.push('last'));
    expect(log).toEqual([]);
  });
  expect(log).toEqual([{ n: 1 }, 'nested', 'last']);
});

test('no hook runs of what was rolled back', async () => {
  const log: string[] = [];
  const run = withTransaction(db, {}, async (tx) => {
    tx.afterCommit(() => log.push('outer'));
    throw new Error('no');
  });
  await expect(run).rejects.toThrow('no');
  await withTransaction(db, {}, async (tx) => {
    const inner = withTransaction(tx, {}, async (nested) => {
      nested.afterCommit(() => log.push('inner'));
      throw new Error('no');
    });
    await inner.catch(() => {});
  });
  expect(log).toEqual([]);
});

test('refuses a hook after the end, which would never run', async () => {
  const tx = await withTransaction(db, {}, async (kept) => kept);
  expect(() => tx.afterCommit(() => {})).toThrow(TransactionEndedError);
});

test('an error of a hook is reported, undoes nothing, and does not stop the next', async () => {
  const log: unknown[] = [];
  const broken = new Error('broken');
  await withTransaction(db, { onHookError: (error) => log.push(error) }, async (tx) => {
    await addCounter(tx, { id: 101, n: 1 });
    tx.afterCommit(() => Promise.reject(broken));
    tx.afterCommit(() => log.push('next'));
  });
  expect(log).toEqual([broken, 'next']);
  expect(await getNumber(db, { id: 101 })).toEqual({ n: 1 });
});

test('without a listener the process is warned, in words that quote nothing', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  await withTransaction(db, {}, async (tx) => {
    tx.afterCommit(() => Promise.reject(new RangeError('a secret')));
  });
  expect(await warned).toMatchObject({
    code: 'TOTHUB_CORE_AFTER_COMMIT',
    message: expect.stringMatching(/^(?!.*secret).*RangeError/),
  });
});
