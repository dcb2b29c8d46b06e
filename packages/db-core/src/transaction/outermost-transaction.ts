import type { Executor } from '../database/database.ts';
import type { Session } from '../database/session.ts';
import { ConnectionLostError, UnknownOutcomeError } from '../errors/connection-errors.ts';
import { isConnectionLoss } from '../errors/connection-loss.ts';
import { TransactionRolledBackError, TransactionUsageError } from '../errors/transaction-errors.ts';
import { inTransactionSpan } from '../telemetry/transaction-span.ts';
import { runAfterCommit } from './after-commit.ts';
import { beforeCommit } from './before-commit.ts';
import { isConflict, withRetry } from './retry.ts';
import { runCallback } from './run-callback.ts';
import { Scope } from './scope.ts';
import { setTimeouts } from './timeouts.ts';
import type { TransactionOptions } from './transaction-options.ts';
import type { Use } from './with-transaction.ts';

type Options = TransactionOptions & { readonly deferrable?: boolean | undefined };

/** Runs a transaction on a connection of its own, again where it collided with others. */
export async function runOutermost<T>(source: Executor, options: Options, use: Use<T>): Promise<T> {
  const { isolation = 'read committed', readOnly = false } = options;
  const { value, hooks } = await inTransactionSpan({ isolation, readOnly }, (began) =>
    runAttempts(source, options, use, began),
  );
  await runAfterCommit(hooks, options.onHookError);
  return value;
}

function runAttempts<T>(source: Executor, options: Options, use: Use<T>, began: () => void) {
  const { signal } = options;
  // A connection that went away while it was idle is found out by BEGIN: another one may do.
  let isBeginning = false;
  const isRetryable = (error: unknown): boolean =>
    isConflict(error) || (isBeginning && isConnectionLoss(error));

  return withRetry(options, isRetryable, () => {
    isBeginning = false;
    began();
    const work = async (session: Session) => {
      assertIdle(session);
      isBeginning = true;
      await begin(session, options);
      isBeginning = false;
      return attempt(session, options, use);
    };
    return source.withSession(work, { signal });
  });
}

async function begin(session: Session, options: Options): Promise<void> {
  try {
    await session.command(beginText(options), { signal: options.signal });
  } catch (error) {
    throw beforeCommit(error);
  }
}

/** Another way around the same connection would begin a second time, and commit what is not its own. */
function assertIdle(session: Session): void {
  if (session.transactionStatus === 'idle') return;
  throw new TransactionUsageError(
    'The connection is in a transaction that withTransaction did not begin. Pass the transaction that the callback gets.',
  );
}

async function attempt<T>(session: Session, options: Options, use: Use<T>) {
  const scope = new Scope(session, null, {
    isolation: options.isolation ?? 'read committed',
    readOnly: options.readOnly ?? false,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  });
  try {
    await setTimeouts(session, options.timeoutMs, options.lockTimeoutMs);
    const value = await runCallback(scope, use);
    await commit(session, scope);
    return { value, hooks: scope.hooks };
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

async function commit(session: Session, scope: Scope): Promise<void> {
  let command: string;
  try {
    ({ command } = await session.command('COMMIT'));
  } catch (error) {
    if (!isConnectionLoss(error)) throw error;
    session.discard();
    const failure = { cause: error, query: 'COMMIT', sqlstate: error.sqlstate };
    throw scope.settings.readOnly
      ? new ConnectionLostError(failure)
      : new UnknownOutcomeError(failure);
  }
  if (command !== 'COMMIT') throw new TransactionRolledBackError(scope.failure);
}

/** What cannot be rolled back is closed: then the server does it. */
async function rollBack(session: Session): Promise<void> {
  if (session.transactionStatus === 'idle') return;
  await session.command('ROLLBACK').catch(() => session.discard());
}

function beginText({ isolation = 'read committed', readOnly, deferrable }: Options): string {
  const parts = ['BEGIN ISOLATION LEVEL', isolation.toUpperCase()];
  // Without it a role that may only read by default keeps its default.
  if (readOnly) parts.push('READ ONLY');
  if (deferrable) parts.push('DEFERRABLE');
  return parts.join(' ');
}
