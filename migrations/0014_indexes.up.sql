-- tothub: no-transaction
--
-- Every foreign key, old and new, gets an index, and so does every question of the server that none of those answers.
-- Built concurrently: nobody waits. Each comment says which questions are served. Where an index is read backwards
-- for "newest first", ascending order serves as well. None repeats the beginning of a longer one, and partial ones
-- stand where the rows asked for are few.

-- An earlier attempt may have used the name that is kept for the index by age, with another definition.
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_catalog.pg_indexes
    WHERE schemaname = 'public' AND indexname = 'idx_session_activity_timestamp'
      AND indexdef NOT LIKE '% ON public.session_activity USING btree ("timestamp")'
  ) THEN
    ALTER INDEX public.idx_session_activity_timestamp RENAME TO idx_session_activity_timestamp_earlier;
    INSERT INTO public.data_findings (rule, schema_name, table_name, column_name, message, source)
    VALUES ('index-renamed', 'public', 'session_activity', 'timestamp',
      'idx_session_activity_timestamp had another definition and is now idx_session_activity_timestamp_earlier.',
      '0014_indexes')
    ON CONFLICT DO NOTHING;
  END IF;
END
$$;

-- Alerts: all by page; unread ones are few.
CREATE INDEX CONCURRENTLY alerts_created_at_id_idx ON public.alerts (created_at, id);
CREATE INDEX CONCURRENTLY alerts_unread_idx ON public.alerts (created_at) WHERE NOT is_read;

-- Attendance: of one child, of a range of days (also the trend); who is present is the hottest question, and
-- rows still open are few.
CREATE INDEX CONCURRENTLY attendance_child_id_date_idx ON public.attendance (child_id, date);
CREATE INDEX CONCURRENTLY attendance_date_idx ON public.attendance (date);
CREATE INDEX CONCURRENTLY attendance_present_idx ON public.attendance (date, child_id)
  WHERE check_out_time IS NULL;

-- Invoices: of a child, all by page, by state, totals of a month.
CREATE INDEX CONCURRENTLY billing_child_id_created_at_idx ON public.billing (child_id, created_at);
CREATE INDEX CONCURRENTLY billing_created_at_id_idx ON public.billing (created_at, id);
CREATE INDEX CONCURRENTLY billing_status_created_at_idx ON public.billing (status, created_at);
CREATE INDEX CONCURRENTLY billing_period_start_idx ON public.billing (period_start);

-- Children: active ones by name, page after page; those of a primary guardian.
CREATE INDEX CONCURRENTLY children_active_name_idx ON public.children (first_name, last_name, id)
  WHERE is_active;
CREATE INDEX CONCURRENTLY children_parent_id_id_idx ON public.children (parent_id, id);

-- Guardians, zones and profiles of a child or device; the other direction is the primary key.
CREATE INDEX CONCURRENTLY child_guardians_child_id_idx ON public.child_guardians (child_id);
CREATE INDEX CONCURRENTLY security_zone_devices_device_id_idx ON public.security_zone_devices (device_id);
CREATE INDEX CONCURRENTLY user_profile_children_child_id_idx ON public.user_profile_children (child_id);

-- A child's day and a child's media.
CREATE INDEX CONCURRENTLY child_schedules_child_id_date_idx ON public.child_schedules (child_id, date);
CREATE INDEX CONCURRENTLY daily_reports_child_id_date_idx ON public.daily_reports (child_id, date);
CREATE INDEX CONCURRENTLY teacher_notes_child_id_date_idx ON public.teacher_notes (child_id, date);
CREATE INDEX CONCURRENTLY teacher_notes_staff_id_idx ON public.teacher_notes (staff_id);
CREATE INDEX CONCURRENTLY media_shares_child_id_created_at_idx ON public.media_shares (child_id, created_at);
CREATE INDEX CONCURRENTLY media_shares_staff_id_idx ON public.media_shares (staff_id);

-- Messages: the inbox of a recipient, newest first.
CREATE INDEX CONCURRENTLY messages_recipient_type_recipient_id_created_at_idx ON public.messages (recipient_type, recipient_id, created_at);
CREATE INDEX CONCURRENTLY messages_sender_id_idx ON public.messages (sender_id);

-- Documents: what expires soon; reminders that still have to be sent.
CREATE INDEX CONCURRENTLY documents_active_expiration_date_idx ON public.documents (expiration_date)
  WHERE is_active;
CREATE INDEX CONCURRENTLY documents_document_type_id_idx ON public.documents (document_type_id);
CREATE INDEX CONCURRENTLY documents_created_by_idx ON public.documents (created_by);
CREATE INDEX CONCURRENTLY documents_updated_by_idx ON public.documents (updated_by);
CREATE INDEX CONCURRENTLY document_reminders_unsent_idx ON public.document_reminders (reminder_date)
  WHERE sent_at IS NULL;
CREATE INDEX CONCURRENTLY document_reminders_document_id_idx ON public.document_reminders (document_id);
CREATE INDEX CONCURRENTLY document_reminders_acknowledged_by_idx ON public.document_reminders (acknowledged_by);
CREATE INDEX CONCURRENTLY document_renewals_document_id_idx ON public.document_renewals (document_id);
CREATE INDEX CONCURRENTLY document_renewals_processed_by_idx ON public.document_renewals (processed_by);

-- Safety: what is due; the history of a reminder.
CREATE INDEX CONCURRENTLY safety_reminders_active_next_due_date_idx ON public.safety_reminders (next_due_date)
  WHERE is_active;
CREATE INDEX CONCURRENTLY safety_reminders_created_by_idx ON public.safety_reminders (created_by);
CREATE INDEX CONCURRENTLY safety_reminders_assigned_to_idx ON public.safety_reminders (assigned_to);
CREATE INDEX CONCURRENTLY safety_reminder_completions_reminder_id_completed_at_idx ON public.safety_reminder_completions (reminder_id, completed_at);
CREATE INDEX CONCURRENTLY safety_reminder_completions_completed_by_idx ON public.safety_reminder_completions (completed_by);

-- Staff and their schedules: a range of days by start; one person's.
CREATE INDEX CONCURRENTLY staff_active_name_idx ON public.staff (first_name, last_name, id) WHERE is_active;
CREATE INDEX CONCURRENTLY staff_schedules_date_scheduled_start_idx ON public.staff_schedules (date, scheduled_start);
CREATE INDEX CONCURRENTLY staff_schedules_staff_id_date_idx ON public.staff_schedules (staff_id, date);
CREATE INDEX CONCURRENTLY staff_schedules_approved_by_idx ON public.staff_schedules (approved_by);
CREATE INDEX CONCURRENTLY user_roles_staff_id_idx ON public.user_roles (staff_id);
CREATE INDEX CONCURRENTLY schedule_templates_created_by_idx ON public.schedule_templates (created_by);

-- Time and pay: one person's range of days; the current period; the stubs of a period. Stubs of a person are
-- found by the unique index of 0016.
CREATE INDEX CONCURRENTLY timesheet_entries_staff_id_date_idx ON public.timesheet_entries (staff_id, date);
CREATE INDEX CONCURRENTLY timesheet_entries_pay_period_id_idx ON public.timesheet_entries (pay_period_id);
CREATE INDEX CONCURRENTLY timesheet_entries_approved_by_idx ON public.timesheet_entries (approved_by);
CREATE INDEX CONCURRENTLY pay_periods_start_date_idx ON public.pay_periods (start_date);
CREATE INDEX CONCURRENTLY pay_periods_processed_by_idx ON public.pay_periods (processed_by);
CREATE INDEX CONCURRENTLY pay_stubs_pay_period_id_idx ON public.pay_stubs (pay_period_id);
CREATE INDEX CONCURRENTLY payroll_audit_changed_by_idx ON public.payroll_audit (changed_by);
CREATE INDEX CONCURRENTLY payroll_reports_pay_period_id_idx ON public.payroll_reports (pay_period_id);
CREATE INDEX CONCURRENTLY payroll_reports_generated_by_idx ON public.payroll_reports (generated_by);

-- Security: devices of a place; credentials of a device, or by blind index; the log of a device, and of all by
-- page.
CREATE INDEX CONCURRENTLY security_devices_location_idx ON public.security_devices (location);
CREATE INDEX CONCURRENTLY security_credentials_device_id_credential_type_idx ON public.security_credentials (device_id, credential_type);
CREATE INDEX CONCURRENTLY security_credentials_credential_lookup_idx ON public.security_credentials (credential_lookup)
  WHERE credential_lookup IS NOT NULL;
CREATE INDEX CONCURRENTLY security_credentials_user_id_idx ON public.security_credentials (user_id);
CREATE INDEX CONCURRENTLY security_logs_device_id_timestamp_idx ON public.security_logs (device_id, timestamp);
CREATE INDEX CONCURRENTLY security_logs_timestamp_id_idx ON public.security_logs (timestamp, id);
CREATE INDEX CONCURRENTLY security_logs_user_id_idx ON public.security_logs (user_id);

-- Logins: of one user; open ones by their last sign of life. The request log: of one login, and by age when it
-- is purged.
CREATE INDEX CONCURRENTLY sessions_user_id_login_time_idx ON public.sessions (user_id, login_time);
CREATE INDEX CONCURRENTLY sessions_active_last_activity_idx ON public.sessions (last_activity) WHERE is_active;
CREATE INDEX CONCURRENTLY session_activity_session_id_timestamp_idx ON public.session_activity (session_id, timestamp);
CREATE INDEX CONCURRENTLY idx_session_activity_timestamp ON public.session_activity (timestamp);

-- A profile by its user name.
CREATE INDEX CONCURRENTLY user_profiles_username_idx ON public.user_profiles (username);
