import { AuthenticationError, PermissionError, ReadOnlyError } from './access-errors.ts';
import {
  DeadlockError,
  LockTimeoutError,
  SerializationFailureError,
  TransactionTimeoutError,
} from './concurrency-errors.ts';
import {
  CheckViolationError,
  ExclusionViolationError,
  ForeignKeyViolationError,
  IntegrityError,
  NotNullViolationError,
  UniqueViolationError,
} from './constraint-errors.ts';
import type { ServerError, ServerFailure } from './server-error.ts';
import {
  DiskFullError,
  ObjectStateError,
  OutOfResourcesError,
  ServerFaultError,
  ServerUnavailableError,
  TooManyConnectionsError,
} from './server-state-errors.ts';
import {
  PreparedStatementError,
  RaisedError,
  StatementRejectedError,
  TransactionStateError,
  UndefinedColumnError,
  UndefinedObjectError,
  UndefinedTableError,
  ValueRejectedError,
} from './statement-errors.ts';

/** Makes the error of a SQLSTATE; `connection` where it depends on what had been sent by then. */
export type Make = ((failure: ServerFailure) => ServerError) | 'connection' | 'cancelled';

/** A whole SQLSTATE, or the two characters of its class. */
type Pattern = string;

const as =
  (kind: new (failure: ServerFailure) => ServerError): Make =>
  (failure) =>
    new kind(failure);

/** Which error a SQLSTATE becomes. The first rule that fits holds, so a class comes after its exceptions. */
export const RULES: readonly (readonly [Pattern, Make])[] = [
  ['23505', as(UniqueViolationError)],
  ['23503', as(ForeignKeyViolationError)],
  // What ON DELETE RESTRICT answers since PostgreSQL 18.
  ['23001', as(ForeignKeyViolationError)],
  ['23514', as(CheckViolationError)],
  ['23502', as(NotNullViolationError)],
  ['23P01', as(ExclusionViolationError)],
  ['23', as(IntegrityError)],
  ['40001', as(SerializationFailureError)],
  ['40P01', as(DeadlockError)],
  ['40002', as(IntegrityError)],
  ['40003', 'connection'],
  ['40', as(TransactionStateError)],
  ['55P03', as(LockTimeoutError)],
  ['55', as(ObjectStateError)],
  ['57014', 'cancelled'],
  ['57P05', as(TransactionTimeoutError)],
  // Said in the middle of anything, a commit too.
  ['57P02', 'connection'],
  ['57', as(ServerUnavailableError)],
  ['25006', as(ReadOnlyError)],
  ['25P03', as(TransactionTimeoutError)],
  ['25P04', as(TransactionTimeoutError)],
  ['08', 'connection'],
  ['42501', as(PermissionError)],
  ['42P01', as(UndefinedTableError)],
  ['42703', as(UndefinedColumnError)],
  ['42883', as(UndefinedObjectError)],
  ['42704', as(UndefinedObjectError)],
  ['42P02', as(UndefinedObjectError)],
  ['3F', as(UndefinedObjectError)],
  ['42P05', as(PreparedStatementError)],
  ['26', as(PreparedStatementError)],
  ['28', as(AuthenticationError)],
  ['3D', as(AuthenticationError)],
  ['53300', as(TooManyConnectionsError)],
  ['53100', as(DiskFullError)],
  ['53', as(OutOfResourcesError)],
  ['21', as(ValueRejectedError)],
  ['22', as(ValueRejectedError)],
  ['44', as(IntegrityError)],
  ['P0', as(RaisedError)],
  ['09', as(RaisedError)],
  ['27', as(RaisedError)],
  ['38', as(RaisedError)],
  ['39', as(RaisedError)],
  ['0B', as(TransactionStateError)],
  ['25', as(TransactionStateError)],
  ['2D', as(TransactionStateError)],
  ['3B', as(TransactionStateError)],
  ['24', as(TransactionStateError)],
  ['34', as(TransactionStateError)],
  ['03', as(StatementRejectedError)],
  ['0A', as(StatementRejectedError)],
  ['0F', as(StatementRejectedError)],
  ['0L', as(StatementRejectedError)],
  ['0P', as(StatementRejectedError)],
  ['0Z', as(StatementRejectedError)],
  ['10', as(StatementRejectedError)],
  ['20', as(StatementRejectedError)],
  ['2B', as(StatementRejectedError)],
  ['2F', as(RaisedError)],
  ['42', as(StatementRejectedError)],
  ['54', as(StatementRejectedError)],
  ['58', as(ServerFaultError)],
  ['72', as(ServerFaultError)],
  ['F0', as(ServerFaultError)],
  ['HV', as(ServerFaultError)],
  ['XX', as(ServerFaultError)],
  // Completion, warnings and no data are not errors of the server: a function raised them.
  ['00', as(RaisedError)],
  ['01', as(RaisedError)],
  ['02', as(RaisedError)],
];

/** What a SQLSTATE becomes; one that PostgreSQL does not define was raised by the application itself. */
export function ruleFor(sqlstate: string): Make {
  const rule = RULES.find(([pattern]) => sqlstate.startsWith(pattern));
  return rule?.[1] ?? as(RaisedError);
}
