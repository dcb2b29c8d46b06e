-- tothub: no-transaction
--
-- Dropped concurrently: nobody waits.

DROP INDEX CONCURRENTLY IF EXISTS public.user_profiles_username_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.idx_session_activity_timestamp;
DROP INDEX CONCURRENTLY IF EXISTS public.session_activity_session_id_timestamp_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.sessions_active_last_activity_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.sessions_user_id_login_time_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_logs_user_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_logs_timestamp_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_logs_device_id_timestamp_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_credentials_user_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_credentials_credential_lookup_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_credentials_device_id_credential_type_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_devices_location_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.payroll_reports_generated_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.payroll_reports_pay_period_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.payroll_audit_changed_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.pay_stubs_pay_period_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.pay_periods_processed_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.pay_periods_start_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.timesheet_entries_approved_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.timesheet_entries_pay_period_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.timesheet_entries_staff_id_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.schedule_templates_created_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.user_roles_staff_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.staff_schedules_approved_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.staff_schedules_staff_id_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.staff_schedules_date_scheduled_start_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.staff_active_name_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.safety_reminder_completions_completed_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.safety_reminder_completions_reminder_id_completed_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.safety_reminders_assigned_to_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.safety_reminders_created_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.safety_reminders_active_next_due_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.document_renewals_processed_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.document_renewals_document_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.document_reminders_acknowledged_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.document_reminders_document_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.document_reminders_unsent_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.documents_updated_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.documents_created_by_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.documents_document_type_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.documents_active_expiration_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.messages_sender_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.messages_recipient_type_recipient_id_created_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.media_shares_staff_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.media_shares_child_id_created_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.teacher_notes_staff_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.teacher_notes_child_id_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.daily_reports_child_id_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.child_schedules_child_id_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.user_profile_children_child_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.security_zone_devices_device_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.child_guardians_child_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.children_parent_id_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.children_active_name_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.billing_period_start_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.billing_status_created_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.billing_created_at_id_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.billing_child_id_created_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.attendance_present_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.attendance_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.attendance_child_id_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.alerts_unread_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.alerts_created_at_id_idx;

DO $$
BEGIN
  IF to_regclass('public.idx_session_activity_timestamp_earlier') IS NOT NULL THEN
    ALTER INDEX public.idx_session_activity_timestamp_earlier RENAME TO idx_session_activity_timestamp;
  END IF;
END
$$;
