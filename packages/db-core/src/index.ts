export type { Database, DatabaseOptions } from './database/create-database.ts';
export { createDatabase } from './database/create-database.ts';
export type { ReadDatabase, WriteDatabase } from './database/database.ts';
export type { CancelledBy, ConstraintErrors, MakeDomainError, Sqlstate } from './errors.ts';
export {
  ActiveStateExistsError,
  AlreadyCheckedInError,
  AlreadyClockedInError,
  AuthenticationError,
  CancelledError,
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
  TransactionEndedError,
  TransactionRolledBackError,
  TransactionStateError,
  TransactionTimeoutError,
  TransactionUsageError,
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
export type { Attendance } from './queries/attendance/attendance.ts';
export { attendanceTrend, roomOccupancy } from './queries/attendance/attendance-figures.ts';
export { checkIn } from './queries/attendance/check-in.ts';
export { checkOut, getAttendance } from './queries/attendance/check-out.ts';
export { AlreadyCheckedOutError, CheckOutBeforeCheckInError } from './queries/attendance/errors.ts';
export { listAttendance, listPresent } from './queries/attendance/read-attendance.ts';
export type { Child } from './queries/children/child.ts';
export { AlreadyUnenrolledError } from './queries/children/errors.ts';
export {
  countActiveChildren,
  countChildrenBy,
  getChild,
  listActiveChildren,
} from './queries/children/read-children.ts';
export {
  createChild,
  setStripeRefs,
  unenrollChild,
  updateChild,
} from './queries/children/write-children.ts';
export type { ChildWithParents } from './queries/guardians/children-with-parents.ts';
export {
  getChildWithParents,
  listChildrenWithParents,
} from './queries/guardians/children-with-parents.ts';
export {
  linkGuardian,
  listChildrenOfParent,
  unlinkGuardian,
} from './queries/guardians/guardians.ts';
export {
  consumeParentResetToken,
  setParentPassword,
  setParentResetToken,
} from './queries/parents/parent-passwords.ts';
export {
  getParent,
  getParentByEmail,
  getParentByUsername,
  touchParentLogin,
} from './queries/parents/parents.ts';
export { ShiftEndedError, ShiftNotStartedError } from './queries/schedules/errors.ts';
export {
  getStaffSchedule,
  markStaffEnd,
  markStaffPresent,
} from './queries/schedules/mark-staff.ts';
export type { StaffSchedule } from './queries/schedules/shift.ts';
export {
  createStaffSchedule,
  listStaffSchedules,
  updateStaffSchedule,
} from './queries/schedules/staff-schedules.ts';
export {
  countActiveStaff,
  createStaff,
  getStaff,
  listActiveStaff,
  updateStaff,
} from './queries/staff/staff.ts';
export type { StaffMember } from './queries/staff/staff-member.ts';
export {
  getDirectDeposit,
  getStaffPayroll,
  updateStaffPayroll,
} from './queries/staff/staff-payroll.ts';
export { clockIn, clockOut, openEntry } from './queries/timesheets/clock.ts';
export { NotClockedInError } from './queries/timesheets/errors.ts';
export type { TimesheetEntry } from './queries/timesheets/timesheet-entry.ts';
export { approveTimesheets, listTimesheets } from './queries/timesheets/timesheets.ts';
export type { InputOf, Query, QueryDefinition, RowOf } from './query/define-query.ts';
export { defineQuery, isQuery } from './query/define-query.ts';
export type { PgTypeName } from './query/pg-type.ts';
export { pgType, pgTypeOf } from './query/pg-type.ts';
export type { SqlFragment } from './query/sql.ts';
export { sql } from './query/sql.ts';
