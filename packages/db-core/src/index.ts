export type { BulkColumns, BulkRow, BulkTable, BulkType, BulkValues } from './bulk/columns.ts';
export { type CopyRows, copyRows } from './bulk/copy-rows.ts';
export { type InsertMany, insertMany, type Returning } from './bulk/insert-many.ts';
export { bounded } from './database/bounded.ts';
export type { ConnectionMode } from './database/connector.ts';
export type { Database, DatabaseOptions } from './database/create-database.ts';
export { createDatabase } from './database/create-database.ts';
export type { ExecuteOptions, ReadDatabase, WriteDatabase } from './database/database.ts';
export type { Health } from './database/health.ts';
export {
  AcquireTimeoutError,
  ConfigurationError,
  DatabaseClosedError,
} from './database/pool-errors.ts';
export type { WaitEvent } from './database/pool-executor.ts';
export type { DatabaseState } from './database/pool-state.ts';
export { sharePool } from './database/share-pool.ts';
export { shareTransaction } from './database/share-transaction.ts';
export type { Int8Mode } from './database/types/parsers.ts';
export type {
  CancelledBy,
  ConnectionFailure,
  ConstraintErrors,
  MakeDomainError,
  ServerFailure,
  ServerReport,
  Sqlstate,
} from './errors.ts';
export {
  ActiveStateExistsError,
  AlreadyCheckedInError,
  AlreadyClockedInError,
  AuthenticationError,
  CancelledError,
  CheckViolationError,
  ConnectionError,
  ConnectionFailedError,
  ConnectionLostError,
  ConstraintViolationError,
  conditionOf,
  DailyReportExistsError,
  DatabaseError,
  DeadlockError,
  DiskFullError,
  DomainError,
  DriverError,
  DriverReport,
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
  ListInput,
  Page,
  PageInput,
  PageSql,
} from './pagination/define-keyset-query.ts';
export { defineKeysetQuery } from './pagination/define-keyset-query.ts';
export type { KeysetColumn, Ordering } from './pagination/ordering.ts';
export {
  createAlert,
  deleteAlert,
  listAlerts,
  listUnreadAlerts,
  markAlertRead,
} from './queries/alerts.ts';
export type { Attendance } from './queries/attendance/attendance.ts';
export { attendanceTrend, roomOccupancy } from './queries/attendance/attendance-figures.ts';
export { checkIn } from './queries/attendance/check-in.ts';
export { checkOut, getAttendance } from './queries/attendance/check-out.ts';
export { AlreadyCheckedOutError, CheckOutBeforeCheckInError } from './queries/attendance/errors.ts';
export { listAttendance, listPresent } from './queries/attendance/read-attendance.ts';
export {
  billingTotals,
  createInvoice,
  getInvoice,
  listInvoices,
  setInvoiceStatus,
} from './queries/billing.ts';
export { ChangedMeanwhileError } from './queries/changed-meanwhile-error.ts';
export type { Child } from './queries/children/child.ts';
export { childRow } from './queries/children/child.ts';
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
export { getActiveState } from './queries/compliance/active-state.ts';
export { setActiveState } from './queries/compliance/set-active-state.ts';
export {
  getStateRatio,
  listStateRatios,
  upsertStateRatio,
} from './queries/compliance/state-ratios.ts';
export {
  getDocument,
  listDocuments,
  listExpiredDocuments,
  listExpiringDocuments,
} from './queries/documents/documents.ts';
export {
  acknowledgeDocumentReminder,
  listPendingDocumentReminders,
  markDocumentReminderSent,
} from './queries/documents/reminders.ts';
export { renewDocument } from './queries/documents/renewals.ts';
export { documentStats } from './queries/documents/stats.ts';
export { createDocument, updateDocument } from './queries/documents/write-documents.ts';
export type { ChildWithParents } from './queries/guardians/children-with-parents.ts';
export {
  childWithParentsRow,
  getChildWithParents,
  listChildrenWithParents,
} from './queries/guardians/children-with-parents.ts';
export {
  linkGuardian,
  listChildrenOfParent,
  unlinkGuardian,
} from './queries/guardians/guardians.ts';
export { listMediaForChildren, shareMedia } from './queries/media.ts';
export {
  countUnreadMessages,
  listInbox,
  markMessageRead,
  sendMessage,
} from './queries/messages.ts';
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
export {
  DuplicatePayStubsError,
  MissingPayRateError,
  PayPeriodFinishedError,
  PayPeriodOverlapsError,
  WithholdingError,
} from './queries/payroll/errors.ts';
export type { PayPeriod } from './queries/payroll/pay-period.ts';
export {
  createPayPeriod,
  currentPayPeriod,
  listPayPeriods,
} from './queries/payroll/pay-periods.ts';
export type { PayStub } from './queries/payroll/pay-stub.ts';
export { payStubRow } from './queries/payroll/pay-stub.ts';
export { listPayStubs, payStub, ytd } from './queries/payroll/read-pay-stubs.ts';
export type { Payroll, PayrollInput } from './queries/payroll/run-payroll.ts';
export { runPayroll } from './queries/payroll/run-payroll.ts';
export type { Earnings, Withholding } from './queries/payroll/withholding.ts';
export { socialSecurityAndMedicare } from './queries/payroll/withholding.ts';
export { setProfileChildren } from './queries/profiles/profile-children.ts';
export { getProfile, getProfileByUsername } from './queries/profiles/profiles.ts';
export { upsertProfile } from './queries/profiles/upsert-profile.ts';
export { childDay } from './queries/reports/child-day.ts';
export { getDailyReport, setReportEmailStatus } from './queries/reports/daily-reports.ts';
export { addTeacherNote, listTeacherNotes } from './queries/reports/teacher-notes.ts';
export { upsertDailyReport } from './queries/reports/upsert-daily-report.ts';
export { completeSafetyReminder, safetyReminderHistory } from './queries/safety/completions.ts';
export { getSafetyReminder, listSafetyReminders } from './queries/safety/reminders.ts';
export {
  createSafetyReminder,
  deactivateSafetyReminder,
  pauseSafetyReminder,
  updateSafetyReminder,
} from './queries/safety/write-reminders.ts';
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
  createSecurityCredential,
  deactivateSecurityCredential,
  findSecurityCredentialsByLookup,
  listPinHashesForDevice,
  listSecurityCredentialsForDevice,
} from './queries/security/credentials.ts';
export {
  getSecurityDevice,
  getSecurityDeviceConnection,
  listSecurityDevices,
  listSecurityDevicesByLocation,
} from './queries/security/devices.ts';
export { listSecurityLogs, logSecurityEvent } from './queries/security/logs.ts';
export {
  createSecurityDevice,
  deleteSecurityDevice,
  setSecurityDeviceStatus,
  updateSecurityDevice,
} from './queries/security/write-devices.ts';
export {
  createSecurityZone,
  deleteSecurityZone,
  updateSecurityZone,
} from './queries/security/write-zones.ts';
export { setZoneDevices } from './queries/security/zone-devices.ts';
export { listSecurityZones, zoneDevices } from './queries/security/zones.ts';
export { endStaleSessions } from './queries/sessions/end-stale-sessions.ts';
export { listActiveSessions, listSessionsOfUser } from './queries/sessions/list-sessions.ts';
export { listActivity, purgeActivity, trackActivity } from './queries/sessions/session-activity.ts';
export {
  createSession,
  endSession,
  getActiveSession,
  touchSession,
} from './queries/sessions/sessions.ts';
export { getSetting, listSettings, setSetting } from './queries/settings.ts';
export {
  countActiveStaff,
  createStaff,
  getStaff,
  listActiveStaff,
  updateStaff,
} from './queries/staff/staff.ts';
export type { StaffMember } from './queries/staff/staff-member.ts';
export { staffMemberRow } from './queries/staff/staff-member.ts';
export {
  getDirectDeposit,
  getStaffPayroll,
  updateStaffPayroll,
} from './queries/staff/staff-payroll.ts';
export { clockIn, clockOut, openEntry } from './queries/timesheets/clock.ts';
export { NotClockedInError } from './queries/timesheets/errors.ts';
export type { TimesheetEntry } from './queries/timesheets/timesheet-entry.ts';
export { approveTimesheets, listTimesheets } from './queries/timesheets/timesheets.ts';
export type { Cardinality, InputOf, Query, QueryDefinition, RowOf } from './query/define-query.ts';
export { defineQuery, isQuery } from './query/define-query.ts';
export type { PgTypeName } from './query/pg-type.ts';
export { pgType, pgTypeOf } from './query/pg-type.ts';
export type { Sql, SqlFragment } from './query/sql.ts';
export { sql } from './query/sql.ts';
export type { Statement } from './query/statement.ts';
export type { ReplicaState, ReplicaStatus } from './replicas/replica.ts';
export type { ReadOptions } from './replicas/replicas.ts';
export { attendanceRow } from './rows/attendance.ts';
export { payPeriodsRow } from './rows/pay-periods.ts';
export { staffSchedulesRow } from './rows/staff-schedules.ts';
export { timesheetEntriesRow } from './rows/timesheet-entries.ts';
export { type StreamOptions, streamRows } from './streaming/stream-rows.ts';
export type { SlowQuery } from './telemetry/slow-queries.ts';
export type { SqlComment } from './telemetry/sql-comment.ts';
export type { TelemetryOptions } from './telemetry/telemetry.ts';
export type { Isolation, Transaction } from './transaction/transaction.ts';
export { isTransaction } from './transaction/transaction.ts';
export type {
  ReadTransactionOptions,
  TransactionOptions,
  TransactionRetry,
} from './transaction/transaction-options.ts';
export { withTransaction } from './transaction/with-transaction.ts';
