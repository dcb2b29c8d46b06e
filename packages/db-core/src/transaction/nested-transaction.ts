import type { Session } from '../database/session.ts';
import { TransactionUsageError } from '../errors/transaction-errors.ts';
import { runCallback } from './run-callback.ts';
import { Scope } from './scope.ts';
import { readTimeouts, setTimeouts } from './timeouts.ts';
import { type Isolation, STRENGTH } from './transaction.ts';
import type { TransactionOptions } from './transaction-options.ts';
import type { Use } from './with-transaction.ts';

/** Runs a savepoint in a transaction. A failure undoes what came after it, and leaves the transaction usable. */
export async function runNested<T>(
  parent: Scope,
  options: TransactionOptions,
  use: Use<T>,
): Promise<T> {
  const { isolation = parent.settings.isolation, readOnly = parent.settings.readOnly } = options;
  assertFits(parent, isolation, readOnly);
  return parent.nest(async () => {
    const { session } = parent;
    const scope = new Scope(session, parent, {
      isolation,
      readOnly,
      timeoutMs: options.timeoutMs ?? parent.settings.timeoutMs,
      signal: eitherSignal(parent.settings.signal, options.signal),
    });
    const name = `tothub_${scope.depth}`;
    await parent.command(`SAVEPOINT ${name}`);
    try {
      const value = await inSavepoint(session, scope, options, use);
      await parent.command(`RELEASE SAVEPOINT ${name}`);
      parent.hooks.push(...scope.hooks);
      return value;
    } catch (error) {
      await rollBackTo(session, name);
      throw error;
    }
  });
}

async function inSavepoint<T>(
  session: Session,
  scope: Scope,
  { timeoutMs, lockTimeoutMs }: TransactionOptions,
  use: Use<T>,
): Promise<T> {
  // It ends with the savepoint, where a timeout would stay until the transaction ends.
  if (scope.settings.readOnly && scope.parent?.settings.readOnly === false) {
    await scope.command('SET TRANSACTION READ ONLY');
  }
  if (timeoutMs === undefined && lockTimeoutMs === undefined) {
    return runCallback(scope, use);
  }
  const before = await readTimeouts(session);
  await setTimeouts(session, timeoutMs, lockTimeoutMs);
  const value = await runCallback(scope, use);
  await setTimeouts(session, before.statementTimeout, before.lockTimeout);
  return value;
}

/** Where the connection is lost, the transaction ends of itself: the error that led here tells more. */
async function rollBackTo(session: Session, name: string): Promise<void> {
  try {
    await session.command(`ROLLBACK TO SAVEPOINT ${name}`);
    await session.command(`RELEASE SAVEPOINT ${name}`);
  } catch {
    session.discard();
  }
}

function assertFits({ settings }: Scope, isolation: Isolation, readOnly: boolean): void {
  if (STRENGTH[isolation] > STRENGTH[settings.isolation]) {
    throw new TransactionUsageError(
      `A nested transaction cannot be ${isolation} in one that is ${settings.isolation}. Begin the outer one with that isolation.`,
    );
  }
  if (settings.readOnly && !readOnly) {
    throw new TransactionUsageError(
      'A nested transaction cannot write in a read-only one. Begin the outer one without readOnly.',
    );
  }
}

function eitherSignal(
  outer: AbortSignal | undefined,
  inner: AbortSignal | undefined,
): AbortSignal | undefined {
  if (outer === undefined || inner === undefined) return outer ?? inner;
  return AbortSignal.any([outer, inner]);
}
