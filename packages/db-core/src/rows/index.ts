// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
export { alertsRow } from './alerts.ts';
export { attendanceRow } from './attendance.ts';
export { billingRow } from './billing.ts';
export { childGuardiansRow } from './child-guardians.ts';
export { childSchedulesRow } from './child-schedules.ts';
export { childrenRow } from './children.ts';
export { dailyReportsRow } from './daily-reports.ts';
export { documentRemindersRow } from './document-reminders.ts';
export { documentRenewalsRow } from './document-renewals.ts';
export { documentTypesRow } from './document-types.ts';
export { documentsRow } from './documents.ts';
export { mediaSharesRow } from './media-shares.ts';
export { messagesRow } from './messages.ts';
export { parentsRow } from './parents.ts';
export { payPeriodsRow } from './pay-periods.ts';
export { payStubsRow } from './pay-stubs.ts';
export { payrollAuditRow } from './payroll-audit.ts';
export { payrollReportsRow } from './payroll-reports.ts';
export { principalsRow } from './principals.ts';
export { safetyReminderCompletionsRow } from './safety-reminder-completions.ts';
export { safetyRemindersRow } from './safety-reminders.ts';
export { securityCredentialsRow } from './security-credentials.ts';
export { securityDevicesRow } from './security-devices.ts';
export { securityLogsRow } from './security-logs.ts';
export { securityZoneDevicesRow } from './security-zone-devices.ts';
export { securityZonesRow } from './security-zones.ts';
export { sessionActivityRow } from './session-activity.ts';
export { sessionsRow } from './sessions.ts';
export { settingsRow } from './settings.ts';
export { staffRow } from './staff.ts';
export { staffSchedulesRow } from './staff-schedules.ts';
export { stateComplianceRow } from './state-compliance.ts';
export { stateRatiosRow } from './state-ratios.ts';
export { teacherNotesRow } from './teacher-notes.ts';
export { timesheetEntriesRow } from './timesheet-entries.ts';
export { userProfileChildrenRow } from './user-profile-children.ts';
export { userProfilesRow } from './user-profiles.ts';
export {
  ageGroup,
  alertsSeverity,
  attendanceBiometricMethod,
  billingStatus,
  childrenBloodType,
  childrenEnrollmentStatus,
  childSchedulesScheduleType,
  childSchedulesStatus,
  dailyReportsAttendanceStatus,
  documentRemindersPriority,
  documentRemindersReminderType,
  documentsStatus,
  documentTypesCategory,
  documentTypesRenewalFrequency,
  mediaSharesMediaType,
  messagesPriority,
  messagesRecipientType,
  payPeriodsStatus,
  principalsKind,
  safetyRemindersCategory,
  safetyRemindersFrequency,
  safetyRemindersPriority,
  securityCredentialsCredentialType,
  securityDevicesConnectionType,
  securityDevicesFailSafeMode,
  securityDevicesStatus,
  securityDevicesType,
  securityLogsAction,
  securityLogsMethod,
  sessionsEndReason,
  sessionsRole,
  staffPayType,
  staffSchedulesScheduleType,
  staffSchedulesStatus,
  staffTaxFilingStatus,
  teacherNotesCategory,
} from './values.ts';
