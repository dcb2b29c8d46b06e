-- Two pay stubs for one person and period, two parents with one e-mail address, two people with one employee number:
-- no machine can say which row is right. Where there are such rows, the rule is not set up and a finding says so,
-- with the statement that sets it up once people have decided; the run goes on. That choice cannot be made around a
-- concurrent build, so these three indexes are built in place: the tables hold a row per person or per stub, and
-- the lock lasts milliseconds.
--
-- An employee number that is empty counts as none. The index on pay stubs also covers their key to staff, so where
-- it cannot be unique it is made all the same, only not unique.

DO $$
DECLARE
  rule record;
  repeated bigint;
BEGIN
  FOR rule IN
    SELECT * FROM (VALUES
      ('pay_stubs', 'staff_id, pay_period_id', 'true', 'pay_stubs_staff_id_pay_period_id_key', 'pay_period_id'),
      ('parents', 'lower(email)', 'true', 'parents_lower_email_key', 'email'),
      ('staff', 'employee_number', 'employee_number <> ''''', 'staff_employee_number_key', 'employee_number')
    ) AS listed (table_name, keys, condition, index_name, column_name)
  LOOP
    EXECUTE format('LOCK TABLE public.%I IN SHARE MODE', rule.table_name);
    EXECUTE format('SELECT count(*) FROM (SELECT FROM public.%I WHERE %s GROUP BY %s HAVING count(*) > 1) AS groups',
      rule.table_name, rule.condition, rule.keys) INTO repeated;
    IF repeated = 0 THEN
      EXECUTE format('CREATE UNIQUE INDEX %I ON public.%I (%s)%s', rule.index_name, rule.table_name, rule.keys,
        CASE WHEN rule.condition <> 'true' THEN ' WHERE ' || rule.condition ELSE '' END);
      CONTINUE;
    END IF;
    INSERT INTO public.data_findings (rule, schema_name, table_name, column_name, message, source)
    VALUES ('duplicate-identity', 'public', rule.table_name, rule.column_name,
      format('%s groups of rows share what should be unique. Merge them, then run: '
        'DROP INDEX CONCURRENTLY IF EXISTS public.%I; CREATE UNIQUE INDEX CONCURRENTLY %I ON public.%I (%s)%s;',
        repeated, rule.index_name, rule.index_name, rule.table_name, rule.keys,
        CASE WHEN rule.condition <> 'true' THEN ' WHERE ' || rule.condition ELSE '' END),
      '0016_unique_identities')
    ON CONFLICT DO NOTHING;
    IF rule.table_name = 'pay_stubs' THEN
      EXECUTE format('CREATE INDEX %I ON public.pay_stubs (%s)', rule.index_name, rule.keys);
    END IF;
  END LOOP;
END
$$;
