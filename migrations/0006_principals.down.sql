-- The columns keep their values. What principals alone knows (the kind of an actor whose staff or parent row is
-- gone) is copied into schema archive first.

DO $$
BEGIN
  LOCK TABLE public.principals IN ACCESS EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM public.principals WHERE kind <> public.principal_kind(id)) THEN
    CREATE SCHEMA IF NOT EXISTS archive;
    EXECUTE format('CREATE TABLE archive.%I AS SELECT * FROM public.principals',
      'principals_before_down_' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISSMS'));
  END IF;
END
$$;

DROP TRIGGER payroll_audit_register_actors ON public.payroll_audit;
DROP TRIGGER payroll_reports_register_actors ON public.payroll_reports;
DROP TRIGGER pay_periods_register_actors ON public.pay_periods;
DROP TRIGGER timesheet_entries_register_actors ON public.timesheet_entries;
DROP TRIGGER safety_reminder_completions_register_actors ON public.safety_reminder_completions;
DROP TRIGGER safety_reminders_register_actors ON public.safety_reminders;
DROP TRIGGER document_renewals_register_actors ON public.document_renewals;
DROP TRIGGER document_reminders_register_actors ON public.document_reminders;
DROP TRIGGER documents_register_actors ON public.documents;
DROP TRIGGER security_logs_register_actors ON public.security_logs;
DROP TRIGGER security_credentials_register_actors ON public.security_credentials;
DROP TRIGGER user_profiles_register_actors ON public.user_profiles;
DROP TRIGGER sessions_register_actors ON public.sessions;
DROP TRIGGER parents_register_principals ON public.parents;
DROP TRIGGER staff_register_principals ON public.staff;
DROP FUNCTION public.register_principals();
DROP FUNCTION public.register_actors();
DROP FUNCTION public.principal_kind(text);
DROP TABLE public.principals;
