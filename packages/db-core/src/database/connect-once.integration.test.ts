import { tcpProxy } from '@tothub/db-testkit';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { expect, it } from 'vitest';
import { createDatabase } from './create-database.ts';

const QUERY = 'Q'.charCodeAt(0);

it('a connection that dies under its first question fails the call, not the process', async () => {
  const database = await testDatabase();
  const proxy = await tcpProxy({
    target: database.url,
    onData(chunk, direction) {
      if (direction === 'to server' && chunk[0] === QUERY) proxy.cut();
      return undefined;
    },
  });
  // Without a mode the first thing asked is what kind of server it is.
  const db = await createDatabase({ connectionString: proxy.url, connectBudgetMs: 0 });
  try {
    const health = await db.ping();
    expect(health).toMatchObject({ isHealthy: false, error: { isRetryable: true } });
  } finally {
    await db.close();
    await proxy.close();
    await database.drop();
  }
});
