import { afterAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  addCounter,
  databaseWithCounter,
  getNumber,
  getSession,
  setNumber,
  sleep,
} from '../../test/counter-table.ts';
import { createDatabase } from '../database/create-database.ts';
import type { ReadDatabase, WriteDatabase } from '../database/database.ts';
import {
  CheckViolationError,
  LockTimeoutError,
  ReadOnlyError,
  StatementTimeoutError,
  TransactionEndedError,
  TransactionRolledBackError,
  TransactionUsageError,
  UniqueViolationError,
} from '../errors.ts';
import { isTransaction, type Transaction } from './transaction.ts';
import { withTransaction } from './with-transaction.ts';

const server = await databaseWithCounter();
const db = await createDatabase({ connectionString: server.url, maxConnections: 2 });
/** Rolls back and gives what was seen. */
const seen = (id: number) => getNumber(db, { id });

beforeEach(() => withTransaction(db, {}, (tx) => setNumber(tx, { id: 1, n: 0 })));
afterAll(async () => {
  await db.close();
  await server.drop();
});

describe('a transaction', () => {
  it('is kept when the callback resolves, and gives its value', async () => {
    const value = await withTransaction(db, {}, async (tx) => {
      await setNumber(tx, { id: 1, n: 5 });
      return 'done';
    });
    expect(value).toBe('done');
    expect(await seen(1)).toEqual({ n: 5 });
  });

  it('is undone when the callback rejects, and lets the error through as it is', async () => {
    const mine = new Error('mine');
    const run = withTransaction(db, {}, async (tx) => {
      await setNumber(tx, { id: 1, n: 6 });
      throw mine;
    });
    await expect(run).rejects.toBe(mine);
    expect(await seen(1)).toEqual({ n: 0 });
  });

  it('is undone when the callback throws before its first statement', async () => {
    const run = withTransaction(db, {}, () => {
      throw new Error('at once');
    });
    await expect(run).rejects.toThrow('at once');
  });

  it('keeps its connection after every kind of error', async () => {
    const single = await createDatabase({ connectionString: server.url, maxConnections: 1 });
    try {
      const { pid } = await getSession(single, {});
      const failures: ((tx: Transaction) => Promise<unknown>)[] = [
        (tx) => addCounter(tx, { id: 1, n: 1 }),
        (tx) => setNumber(tx, { id: 1, n: -1 }),
        () => Promise.reject(new Error('mine')),
        async (tx) => addCounter(tx, { id: 1, n: 1 }).catch(() => {}),
      ];
      for (const failure of failures) {
        await expect(withTransaction(single, {}, failure)).rejects.toThrow();
        expect(await getSession(single, {})).toMatchObject({ pid });
      }
    } finally {
      await single.close();
    }
  });

  it('is undone, and says so, when the callback passes over an error', async () => {
    const run = withTransaction(db, {}, async (tx) => {
      await setNumber(tx, { id: 1, n: 7 });
      await addCounter(tx, { id: 1, n: 1 }).catch(() => {});
    });
    const error = await run.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransactionRolledBackError);
    expect((error as Error).cause).toBeInstanceOf(UniqueViolationError);
    expect(await seen(1)).toEqual({ n: 0 });
  });

  it('is undone when a statement was not awaited, and the statement does not outlive it', async () => {
    const run = withTransaction(db, {}, async (tx) => {
      await setNumber(tx, { id: 1, n: 1 });
      void sleep(tx, { seconds: 0.1 }).catch(() => {});
      void setNumber(tx, { id: 1, n: 8 }).catch(() => {});
    });
    await expect(run).rejects.toThrow(/2 of its statements were not done/);
    expect(await seen(1)).toEqual({ n: 0 });
  });

  it('sends nothing of what waits behind a statement that failed', async () => {
    const run = withTransaction(db, {}, (tx) =>
      Promise.all([addCounter(tx, { id: 1, n: 1 }), setNumber(tx, { id: 1, n: 9 })]),
    );
    await expect(run).rejects.toThrow(UniqueViolationError);
    expect(await seen(1)).toEqual({ n: 0 });
  });

  it('refuses what still waits for its turn when the callback gives up', async () => {
    const refused: unknown[] = [];
    const run = withTransaction(db, {}, async (tx) => {
      void sleep(tx, { seconds: 0.05 });
      void setNumber(tx, { id: 1, n: 9 }).catch((error: unknown) => refused.push(error));
      throw new Error('mine');
    });
    await expect(run).rejects.toThrow('mine');
    expect(refused[0]).toBeInstanceOf(TransactionEndedError);
  });

  it('refuses statements after its end', async () => {
    const kept = await withTransaction(db, {}, async (tx) => tx);
    await expect(getNumber(kept, { id: 1 })).rejects.toThrow(TransactionEndedError);
    await expect(withTransaction(kept, {}, async () => {})).rejects.toThrow(TransactionEndedError);
  });

  it('is told from a database', async () => {
    expect(isTransaction(db)).toBe(false);
    await withTransaction(db, {}, async (tx) => expect(isTransaction(tx)).toBe(true));
  });
});

describe('its mode', () => {
  it('is read committed unless asked otherwise', async () => {
    const session = await withTransaction(db, {}, (tx) => getSession(tx, {}));
    expect(session).toMatchObject({ isolation: 'read committed', readOnly: 'off' });
  });

  it('is told to the server by BEGIN', async () => {
    const session = await withTransaction(
      db,
      { isolation: 'serializable', readOnly: true, deferrable: true },
      (tx) => getSession(tx, {}),
    );
    expect(session).toMatchObject({
      isolation: 'serializable',
      readOnly: 'on',
      deferrable: 'on',
    });
  });

  it('is part of its type', () => {
    const mustBeSerializable = async (_tx: Transaction<'serializable'>): Promise<void> => {};
    withTransaction(db, { isolation: 'serializable' }, async (tx) => {
      expectTypeOf(tx).toExtend<WriteDatabase>();
      return mustBeSerializable(tx);
    }).catch(() => {});
    // @ts-expect-error read committed is not enough
    withTransaction(db, {}, (tx) => mustBeSerializable(tx)).catch(() => {});
    withTransaction(db, { readOnly: true }, async (tx) => {
      expectTypeOf(tx).toExtend<ReadDatabase>();
      expectTypeOf(tx).not.toExtend<WriteDatabase>();
    }).catch(() => {});
    // @ts-expect-error a database that may only read
    withTransaction(db as ReadDatabase, {}, async () => {}).catch(() => {});
    // @ts-expect-error only with serializable
    withTransaction(db, { readOnly: true, deferrable: true }, async () => {}).catch(() => {});
  });

  it('is nothing that the server does not know', async () => {
    const isolation = 'serializable; DROP TABLE counter' as 'serializable';
    await expect(withTransaction(db, { isolation }, async () => {})).rejects.toThrow(
      TransactionUsageError,
    );
  });

  it('refuses writes when it is read-only, whatever the types say', async () => {
    const run = withTransaction(db, { readOnly: true }, (tx) =>
      setNumber(tx as unknown as WriteDatabase, { id: 1, n: 1 }),
    );
    await expect(run).rejects.toThrow(ReadOnlyError);
  });
});

describe('its timeouts', () => {
  it('end with it', async () => {
    const single = await createDatabase({ connectionString: server.url, maxConnections: 1 });
    try {
      const before = await getSession(single, {});
      const inside = await withTransaction(single, { timeoutMs: 1_234, lockTimeoutMs: 567 }, (tx) =>
        getSession(tx, {}),
      );
      expect(inside).toMatchObject({ statementTimeout: '1234ms', lockTimeout: '567ms' });
      expect(await getSession(single, {})).toEqual(before);
    } finally {
      await single.close();
    }
  });

  it('end a statement, and are told from a cancellation', async () => {
    const run = withTransaction(db, { timeoutMs: 50 }, (tx) => sleep(tx, { seconds: 5 }));
    await expect(run).rejects.toThrow(StatementTimeoutError);
  });

  it('end the wait for a lock', async () => {
    await withTransaction(db, {}, async (tx) => {
      await setNumber(tx, { id: 1, n: 1 });
      const other = withTransaction(db, { lockTimeoutMs: 50 }, (inner) =>
        setNumber(inner, { id: 1, n: 2 }),
      );
      await expect(other).rejects.toThrow(LockTimeoutError);
    });
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31])('are not %s', async (timeoutMs) => {
    await expect(withTransaction(db, { timeoutMs }, async () => {})).rejects.toThrow(
      TransactionUsageError,
    );
  });
});

describe('a nested transaction', () => {
  it('is undone alone', async () => {
    await withTransaction(db, {}, async (tx) => {
      await setNumber(tx, { id: 1, n: 1 });
      const inner = withTransaction(tx, {}, async (nested) => {
        await setNumber(nested, { id: 1, n: 2 });
        await setNumber(nested, { id: 1, n: -1 });
      });
      await expect(inner).rejects.toThrow(CheckViolationError);
      expect(await getNumber(tx, { id: 1 })).toEqual({ n: 1 });
      await setNumber(tx, { id: 1, n: 3 });
    });
    expect(await seen(1)).toEqual({ n: 3 });
  });

  it('is undone with the outer one', async () => {
    const run = withTransaction(db, {}, async (tx) => {
      await withTransaction(tx, {}, (nested) => setNumber(nested, { id: 1, n: 4 }));
      throw new Error('outer');
    });
    await expect(run).rejects.toThrow('outer');
    expect(await seen(1)).toEqual({ n: 0 });
  });

  it('is undone, and says so, when its callback passes over an error', async () => {
    await withTransaction(db, {}, async (tx) => {
      const inner = withTransaction(tx, {}, async (nested) => {
        await addCounter(nested, { id: 1, n: 1 }).catch(() => {});
      });
      await expect(inner).rejects.toThrow(TransactionRolledBackError);
      expect(await getNumber(tx, { id: 1 })).toEqual({ n: 0 });
    });
  });

  it('keeps out statements of the outer one that run beside it', async () => {
    await withTransaction(db, {}, async (tx) => {
      const inner = withTransaction(tx, {}, async (nested) => {
        await sleep(nested, { seconds: 0.05 });
        throw new Error('inner');
      });
      const beside = setNumber(tx, { id: 1, n: 5 });
      await expect(inner).rejects.toThrow('inner');
      await beside;
    });
    expect(await seen(1)).toEqual({ n: 5 });
  });

  it('takes turns with another one beside it', async () => {
    await withTransaction(db, {}, async (tx) => {
      const results = await Promise.allSettled([
        withTransaction(tx, {}, async (nested) => {
          await sleep(nested, { seconds: 0.02 });
          await addCounter(nested, { id: 50, n: 1 });
          throw new Error('first');
        }),
        withTransaction(tx, {}, (nested) => addCounter(nested, { id: 51, n: 1 })),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    });
    expect([await seen(50), await seen(51)]).toEqual([null, { n: 1 }]);
  });

  it('refuses the outer one inside its callback instead of hanging', async () => {
    const run = withTransaction(db, {}, (tx) =>
      withTransaction(tx, {}, () => getNumber(tx, { id: 1 })),
    );
    await expect(run).rejects.toThrow(TransactionUsageError);
  });

  it('goes as deep as one likes', async () => {
    const dive = (tx: WriteDatabase, depth: number): Promise<number> =>
      withTransaction(tx, {}, (nested) =>
        depth === 0 ? addCounter(nested, { id: 60, n: 1 }) : dive(nested, depth - 1),
      );
    expect(await dive(db, 12)).toBe(1);
    expect(await seen(60)).toEqual({ n: 1 });
  });

  it('has the isolation of the outer one, and refuses more', async () => {
    await withTransaction(db, { isolation: 'repeatable read' }, async (tx) => {
      const inner = await withTransaction(tx, {}, async (nested) => nested.isolation);
      expect(inner).toBe('repeatable read');
      const more = withTransaction(tx, { isolation: 'serializable' }, async () => {});
      await expect(more).rejects.toThrow(TransactionUsageError);
      await withTransaction(tx, { isolation: 'read committed' }, async () => {});
    });
  });

  it('can be read-only in one that writes, and only it is', async () => {
    await withTransaction(db, {}, async (tx) => {
      const inner = withTransaction(tx, { readOnly: true }, (nested) =>
        setNumber(nested as unknown as WriteDatabase, { id: 1, n: 1 }),
      );
      await expect(inner).rejects.toThrow(ReadOnlyError);
      expect(
        await withTransaction(tx, { readOnly: true }, (nested) => getSession(nested, {})),
      ).toMatchObject({ readOnly: 'on' });
      await setNumber(tx, { id: 1, n: 6 });
    });
    expect(await seen(1)).toEqual({ n: 6 });
  });

  it('gives its timeouts back, whether it is kept or undone', async () => {
    await withTransaction(db, { timeoutMs: 5_000 }, async (tx) => {
      const before = await getSession(tx, {});
      await withTransaction(tx, { timeoutMs: 3_000, lockTimeoutMs: 2_999 }, async (nested) => {
        expect(await getSession(nested, {})).toMatchObject({
          statementTimeout: '3s',
          lockTimeout: '2999ms',
        });
      });
      expect(await getSession(tx, {})).toEqual(before);
      const slow = withTransaction(tx, { timeoutMs: 40 }, (nested) =>
        sleep(nested, { seconds: 5 }),
      );
      await expect(slow).rejects.toThrow(StatementTimeoutError);
      expect(await getSession(tx, {})).toEqual(before);
    });
  });
});

describe('a pool of one connection', () => {
  it('refuses the database inside the callback instead of hanging', async () => {
    const single = await createDatabase({ connectionString: server.url, maxConnections: 1 });
    try {
      const read = withTransaction(single, {}, () => getNumber(single, { id: 1 }));
      await expect(read).rejects.toThrow(TransactionUsageError);
      const begin = withTransaction(single, {}, () => withTransaction(single, {}, async () => {}));
      await expect(begin).rejects.toThrow(TransactionUsageError);
      expect(await getNumber(single, { id: 1 })).toEqual({ n: 0 });
    } finally {
      await single.close();
    }
  });
});
