/** Timeouts of a transaction. They end with it, so they are right behind a transaction pooler too. */
import { z } from 'zod';
import type { Session } from '../database/session.ts';
import { TransactionUsageError } from '../errors/transaction-errors.ts';
import { pgType } from '../query/pg-type.ts';
import { rowShape } from '../query/row-shape.ts';
import type { Statement } from '../query/statement.ts';

const settings = z.object({ statementTimeout: pgType.text, lockTimeout: pgType.text });
const shape = rowShape(settings);

/** The values that the server has now, as it writes them: `15s`. */
export type Timeouts = z.output<typeof settings>;

/** The largest that PostgreSQL takes. */
const LONGEST_MS = 2_147_483_647;

/** @throws TransactionUsageError for what is no number of milliseconds; 0 would mean no timeout at all. */
export function assertTimeout(name: string, ms: number | undefined): void {
  if (ms === undefined || (Number.isInteger(ms) && ms >= 1 && ms <= LONGEST_MS)) return;
  throw new TransactionUsageError(
    `${name} is not a whole number of milliseconds from 1. Leave it out for what the connection has.`,
  );
}

/** Reads the timeouts in force, to set them again after a savepoint. */
export async function readTimeouts(session: Session): Promise<Timeouts> {
  const statement: Statement = {
    name: 'readTimeouts',
    access: 'read',
    text: `SELECT current_setting('statement_timeout') AS "statementTimeout", current_setting('lock_timeout') AS "lockTimeout"`,
    values: [],
    shape,
  };
  const { rows } = await session.execute(statement);
  return rows[0] as Timeouts;
}

/** Sets timeouts until the transaction ends; undefined leaves one as it is. */
export async function setTimeouts(
  session: Session,
  statementTimeout: string | number | undefined,
  lockTimeout: string | number | undefined,
): Promise<void> {
  const wanted = Object.entries({ statement_timeout: statementTimeout, lock_timeout: lockTimeout });
  const set = wanted.filter(([, value]) => value !== undefined);
  if (set.length === 0) return;
  await session.execute({
    name: 'setTimeouts',
    access: 'read',
    text: `SELECT ${set.map(([name], index) => `set_config('${name}', $${index + 1}, true)`).join(', ')}`,
    values: set.map(([, value]) => String(value)),
    shape: null,
  });
}
