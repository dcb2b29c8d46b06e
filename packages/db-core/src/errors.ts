/** The errors of this package. None carries a value of a row or of an input. */
export { AuthenticationError, PermissionError, ReadOnlyError } from './errors/access-errors.ts';
export { CancelledError } from './errors/cancelled-error.ts';
export { DriverReport } from './errors/clean-cause.ts';
export {
  type CancelledBy,
  DeadlockError,
  LockTimeoutError,
  SerializationFailureError,
  StatementCancelledError,
  StatementTimeoutError,
  TransactionTimeoutError,
} from './errors/concurrency-errors.ts';
export {
  ConnectionError,
  ConnectionFailedError,
  type ConnectionFailure,
  ConnectionLostError,
  DriverError,
  UnknownOutcomeError,
} from './errors/connection-errors.ts';
export { isConnectionLoss } from './errors/connection-loss.ts';
export {
  CheckViolationError,
  ConstraintViolationError,
  ExclusionViolationError,
  ForeignKeyViolationError,
  IntegrityError,
  NotNullViolationError,
  UniqueViolationError,
} from './errors/constraint-errors.ts';
export {
  type ConstraintErrors,
  type MakeDomainError,
  mapConstraints,
} from './errors/constraint-map.ts';
export { DatabaseError } from './errors/database-error.ts';
export {
  ActiveStateExistsError,
  AlreadyCheckedInError,
  AlreadyClockedInError,
  DailyReportExistsError,
  DomainError,
  domainConstraints,
  EmailTakenError,
  EmployeeNumberTakenError,
  PayStubExistsError,
  ProfileExistsError,
  SettingExistsError,
  StateRatiosExistError,
  UsernameTakenError,
} from './errors/domain-errors.ts';
export { InvalidInputError, NotFoundError, UnexpectedResultError } from './errors/query-errors.ts';
export { ServerError, type ServerFailure } from './errors/server-error.ts';
export type { ServerReport } from './errors/server-report.ts';
export {
  DiskFullError,
  ObjectStateError,
  OutOfResourcesError,
  ServerFaultError,
  ServerUnavailableError,
  TooManyConnectionsError,
} from './errors/server-state-errors.ts';
export { conditionOf, SQLSTATES, type Sqlstate } from './errors/sqlstates.ts';
export {
  PreparedStatementError,
  RaisedError,
  StatementRejectedError,
  TransactionStateError,
  UndefinedColumnError,
  UndefinedObjectError,
  UndefinedTableError,
  ValueRejectedError,
} from './errors/statement-errors.ts';
export {
  TransactionEndedError,
  TransactionRolledBackError,
  TransactionUsageError,
} from './errors/transaction-errors.ts';
export { translateError } from './errors/translate-error.ts';
