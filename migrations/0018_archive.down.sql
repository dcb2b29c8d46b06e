-- Moves the tables back. The schema goes too, unless it holds something else.

DO $$
DECLARE
  unused text;
BEGIN
  FOREACH unused IN ARRAY ARRAY['room_schedules', 'schedule_templates', 'user_roles'] LOOP
    IF to_regclass('archive.' || unused) IS NOT NULL THEN
      EXECUTE format('ALTER TABLE archive.%I SET SCHEMA public', unused);
    END IF;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = 'archive'::regnamespace) THEN
    DROP SCHEMA archive;
  END IF;
END
$$;
