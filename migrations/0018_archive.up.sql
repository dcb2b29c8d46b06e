-- The application uses neither room_schedules nor schedule_templates nor user_roles. They move to schema archive with
-- their keys and indexes, and move back with the down file; nothing is dropped. Each is counted under a lock that
-- keeps everybody out: one that holds a row stays where it is and is reported.

CREATE SCHEMA IF NOT EXISTS archive;
COMMENT ON SCHEMA archive IS 'Tables that nothing uses any more, kept for a release before anybody drops them';

DO $$
DECLARE
  unused text;
  filled boolean;
BEGIN
  FOREACH unused IN ARRAY ARRAY['room_schedules', 'schedule_templates', 'user_roles'] LOOP
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', unused);
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', unused) INTO filled;
    IF filled THEN
      INSERT INTO public.data_findings (rule, schema_name, table_name, message, source)
      VALUES ('unused-table-holds-rows', 'public', unused,
        'The application does not use this table, yet it holds rows; it was not archived.', '0018_archive')
      ON CONFLICT DO NOTHING;
    ELSE
      EXECUTE format('ALTER TABLE public.%I SET SCHEMA archive', unused);
    END IF;
  END LOOP;
END
$$;
