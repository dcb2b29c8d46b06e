-- Fifteen columns say who did something. They hold ids of staff and parents, the built-in users 1 to 3, the literals
-- admin and system, and users that no longer exist. principals gets a row for each of them, so that every value
-- stays as it is and every column can have a key. Rows are made by trigger, before the key is checked: no write of
-- the application fails for an actor that nobody has met. attendance.checked_in_by and checked_out_by are names of
-- people, not actors: they get no key.

CREATE TABLE public.principals (
  id text NOT NULL,
  kind text NOT NULL,
  first_seen_in text NOT NULL,
  first_seen_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT principals_pkey PRIMARY KEY (id),
  CONSTRAINT principals_kind_check CHECK (kind IN ('staff', 'parent', 'user', 'system', 'unknown'))
);

COMMENT ON TABLE public.principals IS 'Everybody and everything that ever acted: one row per id that a who-did-it column holds; no personal data';
COMMENT ON COLUMN public.principals.id IS 'The id as the who-did-it columns hold it';
COMMENT ON COLUMN public.principals.kind IS 'staff, parent, user (built in: 1, 2, 3), system (admin, system) or unknown (found in a row, known nowhere else)';
COMMENT ON COLUMN public.principals.first_seen_in IS 'Table, or table and column, that first named this actor';
COMMENT ON COLUMN public.principals.first_seen_at IS 'When the actor was entered here';

CREATE FUNCTION public.principal_kind(principal_id text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE
    WHEN principal_id IN ('admin', 'system') THEN 'system'
    WHEN principal_id IN ('1', '2', '3') THEN 'user'
    WHEN EXISTS (SELECT FROM public.staff WHERE id = principal_id) THEN 'staff'
    WHEN EXISTS (SELECT FROM public.parents WHERE id = principal_id) THEN 'parent'
    ELSE 'unknown'
  END
$$;

-- BEFORE INSERT OR UPDATE. Arguments: the columns of the table that name actors.
CREATE FUNCTION public.register_actors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  actor_column text;
  actor text;
BEGIN
  FOREACH actor_column IN ARRAY TG_ARGV LOOP
    EXECUTE format('SELECT ($1).%I', actor_column) INTO actor USING NEW;
    IF actor IS NOT NULL AND NOT EXISTS (SELECT FROM public.principals WHERE id = actor) THEN
      INSERT INTO public.principals (id, kind, first_seen_in)
      VALUES (actor, public.principal_kind(actor), TG_TABLE_NAME || '.' || actor_column)
      ON CONFLICT (id) DO NOTHING;
    END IF;
  END LOOP;
  RETURN NEW;
END
$$;

-- AFTER INSERT on staff and parents, once a statement. Argument: the kind. An actor that was unknown until now gets
-- its true kind.
CREATE FUNCTION public.register_principals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.principals AS known (id, kind, first_seen_in)
  SELECT id, TG_ARGV[0], TG_TABLE_NAME FROM new_rows ORDER BY id
  ON CONFLICT (id) DO UPDATE SET kind = excluded.kind WHERE known.kind = 'unknown';
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION public.principal_kind(text) IS 'What an actor is, judged by its id';
COMMENT ON FUNCTION public.register_actors() IS 'Makes sure that every actor a row names is in principals';
COMMENT ON FUNCTION public.register_principals() IS 'Enters new staff and parents in principals';

REVOKE ALL ON FUNCTION public.register_actors() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.register_principals() FROM PUBLIC;

CREATE TRIGGER staff_register_principals AFTER INSERT ON public.staff
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION public.register_principals('staff');
CREATE TRIGGER parents_register_principals AFTER INSERT ON public.parents
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION public.register_principals('parent');

CREATE TRIGGER sessions_register_actors BEFORE INSERT OR UPDATE OF user_id ON public.sessions
FOR EACH ROW EXECUTE FUNCTION public.register_actors('user_id');
CREATE TRIGGER user_profiles_register_actors BEFORE INSERT OR UPDATE OF user_id ON public.user_profiles
FOR EACH ROW EXECUTE FUNCTION public.register_actors('user_id');
CREATE TRIGGER security_credentials_register_actors BEFORE INSERT OR UPDATE OF user_id ON public.security_credentials
FOR EACH ROW EXECUTE FUNCTION public.register_actors('user_id');
CREATE TRIGGER security_logs_register_actors BEFORE INSERT OR UPDATE OF user_id ON public.security_logs
FOR EACH ROW EXECUTE FUNCTION public.register_actors('user_id');
CREATE TRIGGER documents_register_actors BEFORE INSERT OR UPDATE OF created_by, updated_by ON public.documents
FOR EACH ROW EXECUTE FUNCTION public.register_actors('created_by', 'updated_by');
CREATE TRIGGER document_reminders_register_actors BEFORE INSERT OR UPDATE OF acknowledged_by ON public.document_reminders
FOR EACH ROW EXECUTE FUNCTION public.register_actors('acknowledged_by');
CREATE TRIGGER document_renewals_register_actors BEFORE INSERT OR UPDATE OF processed_by ON public.document_renewals
FOR EACH ROW EXECUTE FUNCTION public.register_actors('processed_by');
CREATE TRIGGER safety_reminders_register_actors BEFORE INSERT OR UPDATE OF created_by, assigned_to ON public.safety_reminders
FOR EACH ROW EXECUTE FUNCTION public.register_actors('created_by', 'assigned_to');
CREATE TRIGGER safety_reminder_completions_register_actors BEFORE INSERT OR UPDATE OF completed_by ON public.safety_reminder_completions
FOR EACH ROW EXECUTE FUNCTION public.register_actors('completed_by');
CREATE TRIGGER timesheet_entries_register_actors BEFORE INSERT OR UPDATE OF approved_by ON public.timesheet_entries
FOR EACH ROW EXECUTE FUNCTION public.register_actors('approved_by');
CREATE TRIGGER pay_periods_register_actors BEFORE INSERT OR UPDATE OF processed_by ON public.pay_periods
FOR EACH ROW EXECUTE FUNCTION public.register_actors('processed_by');
CREATE TRIGGER payroll_reports_register_actors BEFORE INSERT OR UPDATE OF generated_by ON public.payroll_reports
FOR EACH ROW EXECUTE FUNCTION public.register_actors('generated_by');
CREATE TRIGGER payroll_audit_register_actors BEFORE INSERT OR UPDATE OF changed_by ON public.payroll_audit
FOR EACH ROW EXECUTE FUNCTION public.register_actors('changed_by');
