-- The keys of the fifteen actor columns and of the primary guardian. They are added NOT VALID, which takes a short lock
-- and reads no old row, and validated in a later file.
--
-- ON DELETE: SET NULL for optional actors; RESTRICT where the row is evidence (licensing, money, payroll, security,
-- logins). The 25 keys that the database had keep their NO ACTION, which refuses the same deletes.

-- Every lock at once and in one order: the tables whose writers register an actor before the table of actors, and the
-- three that keep each other in step side by side. Taken one after the other as the keys come, they would meet the
-- application's own writes half-way.
LOCK TABLE public.sessions, public.user_profiles, public.security_credentials, public.security_logs,
  public.documents, public.document_reminders, public.document_renewals, public.safety_reminders,
  public.safety_reminder_completions, public.timesheet_entries, public.pay_periods, public.payroll_reports,
  public.payroll_audit, public.parents, public.children, public.child_guardians, public.principals
  IN SHARE ROW EXCLUSIVE MODE;

ALTER TABLE public.sessions ADD CONSTRAINT sessions_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.user_profiles ADD CONSTRAINT user_profiles_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.security_credentials ADD CONSTRAINT security_credentials_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.security_logs ADD CONSTRAINT security_logs_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.documents ADD CONSTRAINT documents_created_by_fkey
  FOREIGN KEY (created_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.documents ADD CONSTRAINT documents_updated_by_fkey
  FOREIGN KEY (updated_by) REFERENCES public.principals (id) ON DELETE SET NULL NOT VALID;
ALTER TABLE public.document_reminders ADD CONSTRAINT document_reminders_acknowledged_by_fkey
  FOREIGN KEY (acknowledged_by) REFERENCES public.principals (id) ON DELETE SET NULL NOT VALID;
ALTER TABLE public.document_renewals ADD CONSTRAINT document_renewals_processed_by_fkey
  FOREIGN KEY (processed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.safety_reminders ADD CONSTRAINT safety_reminders_created_by_fkey
  FOREIGN KEY (created_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.safety_reminders ADD CONSTRAINT safety_reminders_assigned_to_fkey
  FOREIGN KEY (assigned_to) REFERENCES public.principals (id) ON DELETE SET NULL NOT VALID;
ALTER TABLE public.safety_reminder_completions ADD CONSTRAINT safety_reminder_completions_completed_by_fkey
  FOREIGN KEY (completed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.timesheet_entries ADD CONSTRAINT timesheet_entries_approved_by_fkey
  FOREIGN KEY (approved_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.pay_periods ADD CONSTRAINT pay_periods_processed_by_fkey
  FOREIGN KEY (processed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.payroll_reports ADD CONSTRAINT payroll_reports_generated_by_fkey
  FOREIGN KEY (generated_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.payroll_audit ADD CONSTRAINT payroll_audit_changed_by_fkey
  FOREIGN KEY (changed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;

-- A key that an earlier attempt put on children.parent_id would stand in the way of deleting a parent. It makes room
-- for the two below; its definition is kept as a finding.
DO $$
DECLARE
  earlier record;
BEGIN
  FOR earlier IN
    SELECT con.conname, pg_catalog.pg_get_constraintdef(con.oid) AS definition
    FROM pg_catalog.pg_constraint AS con
    JOIN pg_catalog.pg_attribute AS att ON att.attrelid = con.conrelid AND att.attname = 'parent_id'
    WHERE con.conrelid = 'public.children'::regclass AND con.contype = 'f' AND att.attnum = ANY (con.conkey)
  LOOP
    INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
    VALUES ('constraint-replaced', 'public', 'children', jsonb_build_object('constraint', earlier.conname),
      'parent_id', format('Replaced a key that was there before: %s', earlier.definition), '0011_foreign_keys')
    ON CONFLICT DO NOTHING;
    EXECUTE format('ALTER TABLE public.children DROP CONSTRAINT %I', earlier.conname);
  END LOOP;
END
$$;

ALTER TABLE public.children ADD CONSTRAINT children_parent_id_fkey
  FOREIGN KEY (parent_id) REFERENCES public.parents (id) ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;
-- Only a guardian can be the primary one. Deferred, so that a link and its mark may come in either order.
ALTER TABLE public.children ADD CONSTRAINT children_primary_guardian_fkey
  FOREIGN KEY (parent_id, id) REFERENCES public.child_guardians (parent_id, child_id)
  ON DELETE SET NULL (parent_id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
-- Until this key, an application that took a child out of parents.children_ids took away the link but not the mark.
-- The key holds the locks that keep writers out until the commit, so what is mended here stays so.
UPDATE public.children AS child SET parent_id = NULL
WHERE child.parent_id IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM public.child_guardians AS guardian
    WHERE guardian.parent_id = child.parent_id AND guardian.child_id = child.id
  );
