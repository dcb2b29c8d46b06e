-- Later down files give quarantined values back and delete their rows. Whatever is still here was not given back,
-- so it moves into schema archive. Findings can be found again and are dropped.

DO $$
BEGIN
  LOCK TABLE public.data_quarantine IN ACCESS EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM public.data_quarantine) THEN
    CREATE SCHEMA IF NOT EXISTS archive;
    EXECUTE format(
      'CREATE TABLE archive.%I AS SELECT * FROM public.data_quarantine',
      'data_quarantine_before_down_' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISSMS')
    );
  END IF;
END
$$;

DROP TABLE public.data_findings;
DROP TABLE public.data_quarantine;
