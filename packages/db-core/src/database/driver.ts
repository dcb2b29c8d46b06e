/**
 * The driver under slonik's pool. slonik lends and counts connections; what is done on one is a task, which gets the
 * connection itself. slonik closes a connection on every error that passes through it, so that errors of statements
 * pass as values, and only a connection that is spent makes an error for slonik.
 */
import { createDriverFactory, type DriverFactory } from '@slonik/driver';
import type { Link } from './link.ts';
import { SpentConnection, Task } from './task.ts';

const SELECT = { command: 'SELECT', fields: [], rowCount: 1 } as const;

/** Makes the driver; `connect` opens one connection, however long that takes. */
export function driverOver(connect: () => Promise<Link>): DriverFactory {
  const create = createDriverFactory(async () => ({
    createPoolClient: async ({ clientEventEmitter }) => {
      let link: Link | undefined;
      let isBusy = false;
      return {
        async connect() {
          link = await connect();
          link.client.on('error', (error) => {
            // A task under way learns it from its own statement.
            if (!isBusy) clientEventEmitter.emit('error', error);
          });
        },
        async end() {
          await link?.close();
        },
        async query(_sql, task: unknown) {
          if (link === undefined || !(task instanceof Task)) {
            throw new TypeError(
              'The pool of slonik takes tasks only. Run queries on the database.',
            );
          }
          isBusy = true;
          const outcome = await task.run(link);
          isBusy = false;
          if (link.isLost || link.transactionStatus !== 'idle') throw new SpentConnection(outcome);
          return { ...SELECT, fields: [], rows: [outcome as unknown as Record<string, unknown>] };
        },
        stream() {
          throw new TypeError('The pool of slonik does not stream. Use streamRows.');
        },
      };
    },
  }));
  return ({ driverConfiguration }) =>
    create({
      driverConfiguration: {
        ...driverConfiguration,
        // The pool has its own clock for idle connections.
        idleTimeout: 'DISABLE_TIMEOUT',
        // Sessions reset themselves. Without any function slonik's driver takes every connection for one that is
        // still being released, and makes no use of it again.
        resetConnection: async () => {},
      },
    });
}
