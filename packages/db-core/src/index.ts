export type { Database, DatabaseOptions } from './database/create-database.ts';
export { createDatabase } from './database/create-database.ts';
export type { ReadDatabase, WriteDatabase } from './database/database.ts';
export type { CancelledBy, ConstraintErrors, MakeDomainError, Sqlstate } from './errors.ts';
export {
  ActiveStateExistsError,
  AlreadyCheckedInError,
  AlreadyClockedInError,
  AuthenticationError,
  CheckViolationError,
  ConnectionFailedError,
  ConnectionLostError,
  ConstraintViolationError,
  conditionOf,
  DatabaseError,
  DeadlockError,
  DiskFullError,
  DomainError,
  DriverError,
  domainConstraints,
  EmailTakenError,
  EmployeeNumberTakenError,
  ExclusionViolationError,
  ForeignKeyViolationError,
  IntegrityError,
  InvalidInputError,
  isConnectionLoss,
  LockTimeoutError,
  mapConstraints,
  NotFoundError,
  NotNullViolationError,
  ObjectStateError,
  OutOfResourcesError,
  PayStubExistsError,
  PermissionError,
  PreparedStatementError,
  ProfileExistsError,
  RaisedError,
  ReadOnlyError,
  SerializationFailureError,
  ServerError,
  ServerFaultError,
  ServerUnavailableError,
  SettingExistsError,
  SQLSTATES,
  StatementCancelledError,
  StatementRejectedError,
  StatementTimeoutError,
  StateRatiosExistError,
  TooManyConnectionsError,
  TransactionStateError,
  TransactionTimeoutError,
  UndefinedColumnError,
  UndefinedObjectError,
  UndefinedTableError,
  UnexpectedResultError,
  UniqueViolationError,
  UnknownOutcomeError,
  UsernameTakenError,
  ValueRejectedError,
} from './errors.ts';
export type { KeysetType } from './pagination/column-type.ts';
export type {
  KeysetQuery,
  KeysetQueryDefinition,
  Page,
  PageInput,
  PageSql,
} from './pagination/define-keyset-query.ts';
export { defineKeysetQuery } from './pagination/define-keyset-query.ts';
export type { KeysetColumn, Ordering } from './pagination/ordering.ts';
export { getChild } from './queries/children.ts';
export type { InputOf, Query, QueryDefinition, RowOf } from './query/define-query.ts';
export { defineQuery, isQuery } from './query/define-query.ts';
export type { PgTypeName } from './query/pg-type.ts';
export { pgType, pgTypeOf } from './query/pg-type.ts';
export type { SqlFragment } from './query/sql.ts';
export { sql } from './query/sql.ts';
