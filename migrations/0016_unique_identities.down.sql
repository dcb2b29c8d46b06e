-- One of them may be missing where the data did not allow it.

DROP INDEX IF EXISTS public.staff_employee_number_key;
DROP INDEX IF EXISTS public.parents_lower_email_key;
DROP INDEX IF EXISTS public.pay_stubs_staff_id_pay_period_id_key;
