import { DatabaseError } from 'pg';

/** What the server said no to, for people. */
export interface Refusal {
  readonly reason: string;
  /** Whether drawing again can help. */
  readonly mayPassWithOtherValues: boolean;
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const fatal = /^(?:08|53|57P|58|XX|25006|25P)/;

/** True for an error that one table is to blame for, and after which the session goes on. */
export function isRefusal(error: unknown): error is DatabaseError {
  return (
    error instanceof DatabaseError &&
    error.code !== undefined &&
    !fatal.test(error.code) &&
    error.severity !== 'FATAL'
  );
}

/** Puts a refusal into words that name the constraint. It never repeats a value. */
export function refusalReason(error: DatabaseError): Refusal {
  const { constraint, column } = error;
  const again = (reason: string): Refusal => ({ reason, mayPassWithOtherValues: true });
  const never = (reason: string): Refusal => ({ reason, mayPassWithOtherValues: false });
  switch (error.code) {
    case '23514':
      return again(
        constraint
          ? `check constraint ${constraint} refused every draw`
          : 'no partition takes the rows drawn',
      );
    case '23505':
      return again(`unique constraint or index ${constraint} refused every draw`);
    case '23P01':
      return again(`exclusion constraint ${constraint} refused every draw`);
    case '23503':
      return again(`foreign key ${constraint} refused every draw`);
    case '23502':
      return again(`column ${column} is NOT NULL and a trigger or default left it empty`);
    case '42501':
      return never(
        error.message.includes('row-level security')
          ? 'a row-level security policy refuses the rows'
          : 'this role lacks a privilege that the insert needs',
      );
    case '55P03':
      return never('another session holds a lock on it');
    case '40P01':
      return never('another session that writes to it stood in the way (deadlock)');
    case '57014':
      return never('the statement timeout of the server ran out');
    case 'P0001':
      return again(
        `${/PL\/pgSQL function (\S+\))/.exec(error.where ?? '')?.[1] ?? 'a function'} raised an exception for every draw`,
      );
    default:
      // Messages of this class repeat values.
      if (error.code?.startsWith('22')) {
        return again(
          `an expression of the table cannot take the values drawn (SQLSTATE ${error.code})`,
        );
      }
      return again(`the server refused the rows: ${error.message} (SQLSTATE ${error.code})`);
  }
}
