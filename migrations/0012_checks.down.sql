-- One of them may be missing where the data did not allow it.

ALTER TABLE public.alerts
  DROP CONSTRAINT IF EXISTS alerts_severity_check;
ALTER TABLE public.attendance
  DROP CONSTRAINT IF EXISTS attendance_biometric_method_check;
ALTER TABLE public.billing
  DROP CONSTRAINT IF EXISTS billing_status_check;
ALTER TABLE public.child_schedules
  DROP CONSTRAINT IF EXISTS child_schedules_schedule_type_check,
  DROP CONSTRAINT IF EXISTS child_schedules_status_check;
ALTER TABLE public.children
  DROP CONSTRAINT IF EXISTS children_blood_type_check,
  DROP CONSTRAINT IF EXISTS children_enrollment_status_check;
ALTER TABLE public.daily_reports
  DROP CONSTRAINT IF EXISTS daily_reports_attendance_status_check;
ALTER TABLE public.document_reminders
  DROP CONSTRAINT IF EXISTS document_reminders_priority_check,
  DROP CONSTRAINT IF EXISTS document_reminders_reminder_type_check;
ALTER TABLE public.document_types
  DROP CONSTRAINT IF EXISTS document_types_category_check,
  DROP CONSTRAINT IF EXISTS document_types_renewal_frequency_check;
ALTER TABLE public.documents
  DROP CONSTRAINT IF EXISTS documents_status_check;
ALTER TABLE public.media_shares
  DROP CONSTRAINT IF EXISTS media_shares_media_type_check;
ALTER TABLE public.messages
  DROP CONSTRAINT IF EXISTS messages_priority_check,
  DROP CONSTRAINT IF EXISTS messages_recipient_type_check;
ALTER TABLE public.pay_periods
  DROP CONSTRAINT IF EXISTS pay_periods_status_check;
ALTER TABLE public.safety_reminders
  DROP CONSTRAINT IF EXISTS safety_reminders_category_check,
  DROP CONSTRAINT IF EXISTS safety_reminders_frequency_check,
  DROP CONSTRAINT IF EXISTS safety_reminders_priority_check;
ALTER TABLE public.schedule_templates
  DROP CONSTRAINT IF EXISTS schedule_templates_entity_type_check;
ALTER TABLE public.security_credentials
  DROP CONSTRAINT IF EXISTS security_credentials_credential_type_check;
ALTER TABLE public.security_devices
  DROP CONSTRAINT IF EXISTS security_devices_connection_type_check,
  DROP CONSTRAINT IF EXISTS security_devices_fail_safe_mode_check,
  DROP CONSTRAINT IF EXISTS security_devices_status_check,
  DROP CONSTRAINT IF EXISTS security_devices_type_check;
ALTER TABLE public.security_logs
  DROP CONSTRAINT IF EXISTS security_logs_action_check,
  DROP CONSTRAINT IF EXISTS security_logs_method_check;
ALTER TABLE public.sessions
  DROP CONSTRAINT IF EXISTS sessions_end_reason_check,
  DROP CONSTRAINT IF EXISTS sessions_role_check;
ALTER TABLE public.staff
  DROP CONSTRAINT IF EXISTS staff_pay_type_check,
  DROP CONSTRAINT IF EXISTS staff_tax_filing_status_check;
ALTER TABLE public.staff_schedules
  DROP CONSTRAINT IF EXISTS staff_schedules_schedule_type_check,
  DROP CONSTRAINT IF EXISTS staff_schedules_status_check;
ALTER TABLE public.teacher_notes
  DROP CONSTRAINT IF EXISTS teacher_notes_category_check;
