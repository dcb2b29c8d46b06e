import { tcpProxy } from '@tothub/db-testkit';
import { expect, test } from 'vitest';
import { addCounter, databaseWithCounter, getSession, sleep } from '../../test/counter-table.ts';
import { createDatabase } from '../database/create-database.ts';
import { StatementTimeoutError, UniqueViolationError } from '../errors.ts';
import { withTransaction } from '../transaction/with-transaction.ts';

/** The field S of an error follows the server's language, the field V behind it does not. */
function translateSeverity(chunk: Buffer): void {
  for (let at = chunk.indexOf('SERROR\0'); at >= 0; at = chunk.indexOf('SERROR\0', at + 1)) {
    chunk.write('SFEHLR', at, 'latin1');
  }
}

test('a server that speaks another language makes no difference', async () => {
  const server = await databaseWithCounter();
  let translated = 0;
  const proxy = await tcpProxy({
    target: server.url,
    onData(chunk, direction) {
      if (direction === 'to client' && chunk.includes('SERROR\0')) {
        translateSeverity(chunk);
        translated++;
      }
      return undefined;
    },
  });
  const db = await createDatabase({ connectionString: proxy.url, maxConnections: 1 });
  try {
    const { pid } = await getSession(db, {});
    await expect(addCounter(db, { id: 1, n: 1 })).rejects.toThrow(UniqueViolationError);
    const slow = withTransaction(db, { timeoutMs: 50 }, (tx) => sleep(tx, { seconds: 5 }));
    await expect(slow).rejects.toThrow(StatementTimeoutError);
    expect(translated).toBe(2);
    expect(await getSession(db, {})).toMatchObject({ pid });
  } finally {
    await db.close();
    await proxy.close();
    await server.drop();
  }
});
