// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';

/** The labels of the enum `age_group`. */
export const ageGroup = z.enum([
  'infant',
  'young_toddler',
  'toddler',
  'preschool',
  'school_age',
  'older_school_age',
]);

/** What the CHECK on `alerts.severity` allows. */
export const alertsSeverity = z.enum([
  'info',
  'low',
  'medium',
  'warning',
  'high',
  'critical',
  'HIGH',
]);

/** What the CHECK on `attendance.biometric_method` allows. */
export const attendanceBiometricMethod = z.enum(['face', 'fingerprint', 'manual']);

/** What the CHECK on `billing.status` allows. */
export const billingStatus = z.enum(['pending', 'sent', 'paid', 'overdue']);

/** What the CHECK on `child_schedules.schedule_type` allows. */
export const childSchedulesScheduleType = z.enum(['regular', 'parttime', 'dropin', 'field_trip']);

/** What the CHECK on `child_schedules.status` allows. */
export const childSchedulesStatus = z.enum(['scheduled', 'confirmed', 'cancelled', 'completed']);

/** What the CHECK on `children.blood_type` allows. */
export const childrenBloodType = z.enum(['A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-']);

/** What the CHECK on `children.enrollment_status` allows. */
export const childrenEnrollmentStatus = z.enum(['enrolled', 'unenrolled', 'aged_out']);

/** What the CHECK on `daily_reports.attendance_status` allows. */
export const dailyReportsAttendanceStatus = z.enum(['present', 'absent', 'late']);

/** What the CHECK on `document_reminders.priority` allows. */
export const documentRemindersPriority = z.enum(['low', 'medium', 'high', 'critical']);

/** What the CHECK on `document_reminders.reminder_type` allows. */
export const documentRemindersReminderType = z.enum([
  'expiration_warning',
  'renewal_required',
  'overdue',
]);

/** What the CHECK on `document_types.category` allows. */
export const documentTypesCategory = z.enum(['insurance', 'license', 'certification', 'legal']);

/** What the CHECK on `document_types.renewal_frequency` allows. */
export const documentTypesRenewalFrequency = z.enum(['yearly', 'quarterly', 'biannual', 'custom']);

/** What the CHECK on `documents.status` allows. */
export const documentsStatus = z.enum(['active', 'expired', 'pending_renewal', 'suspended']);

/** What the CHECK on `media_shares.media_type` allows. */
export const mediaSharesMediaType = z.enum(['photo', 'video']);

/** What the CHECK on `messages.priority` allows. */
export const messagesPriority = z.enum(['low', 'normal', 'high', 'urgent']);

/** What the CHECK on `messages.recipient_type` allows. */
export const messagesRecipientType = z.enum(['parent', 'staff', 'broadcast']);

/** What the CHECK on `pay_periods.status` allows. */
export const payPeriodsStatus = z.enum(['open', 'processing', 'paid', 'closed']);

/** What the CHECK on `principals.kind` allows. */
export const principalsKind = z.enum(['staff', 'parent', 'user', 'system', 'unknown']);

/** What the CHECK on `safety_reminders.category` allows. */
export const safetyRemindersCategory = z.enum([
  'fire_safety',
  'equipment',
  'drills',
  'maintenance',
  'inspection',
]);

/** What the CHECK on `safety_reminders.frequency` allows. */
export const safetyRemindersFrequency = z.enum([
  'daily',
  'weekly',
  'monthly',
  'quarterly',
  'yearly',
  'custom',
]);

/** What the CHECK on `safety_reminders.priority` allows. */
export const safetyRemindersPriority = z.enum(['low', 'medium', 'high', 'critical']);

/** What the CHECK on `security_credentials.credential_type` allows. */
export const securityCredentialsCredentialType = z.enum(['pin', 'rfid', 'biometric', 'mobile']);

/** What the CHECK on `security_devices.connection_type` allows. */
export const securityDevicesConnectionType = z.enum(['serial', 'network', 'bluetooth', 'gpio']);

/** What the CHECK on `security_devices.fail_safe_mode` allows. */
export const securityDevicesFailSafeMode = z.enum(['secure', 'unlock']);

/** What the CHECK on `security_devices.status` allows. */
export const securityDevicesStatus = z.enum(['online', 'offline', 'error']);

/** What the CHECK on `security_devices.type` allows. */
export const securityDevicesType = z.enum([
  'keypad',
  'rfid',
  'biometric',
  'mobile',
  'intercom',
  'magnetic',
]);

/** What the CHECK on `security_logs.action` allows. */
export const securityLogsAction = z.enum([
  'unlock',
  'lock',
  'attempt_failed',
  'system_error',
  'system_connect',
  'system_update',
]);

/** What the CHECK on `security_logs.method` allows. */
export const securityLogsMethod = z.enum([
  'pin',
  'rfid',
  'biometric',
  'mobile',
  'manual',
  'remote',
  'emergency',
]);

/** What the CHECK on `sessions.end_reason` allows. */
export const sessionsEndReason = z.enum(['logout', 'expired', 'forced']);

/** What the CHECK on `sessions.role` allows. */
export const sessionsRole = z.enum(['director', 'teacher', 'staff', 'parent']);

/** What the CHECK on `staff.pay_type` allows. */
export const staffPayType = z.enum(['hourly', 'salary']);

/** What the CHECK on `staff_schedules.schedule_type` allows. */
export const staffSchedulesScheduleType = z.enum(['regular', 'substitute', 'overtime', 'training']);

/** What the CHECK on `staff_schedules.status` allows. */
export const staffSchedulesStatus = z.enum(['scheduled', 'confirmed', 'cancelled', 'completed']);

/** What the CHECK on `staff.tax_filing_status` allows. */
export const staffTaxFilingStatus = z.enum([
  'single',
  'married_jointly',
  'married_separately',
  'head_of_household',
]);

/** What the CHECK on `teacher_notes.category` allows. */
export const teacherNotesCategory = z.enum(['behavior', 'learning', 'health', 'general']);
