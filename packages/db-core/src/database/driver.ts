/**
 * The driver under slonik's pool. slonik opens and counts connections; what is done on one is a task, which gets the
 * connection itself. slonik closes a connection on every error that passes through it, so that errors of statements
 * never do, and only a connection that is spent makes an error for slonik.
 */
import { createDriverFactory, type DriverFactory } from '@slonik/driver';
import type { Link } from './link.ts';
import { SpentConnection, Task } from './task.ts';

const NOTHING = { command: 'SELECT', rowCount: 0 } as const;

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
          await task.run(link);
          isBusy = false;
          if (!link.isReusable) throw new SpentConnection();
          return { ...NOTHING, fields: [], rows: [] };
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
