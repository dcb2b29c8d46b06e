-- tothub: no-transaction
--
-- Dropped concurrently: nobody waits.

DROP INDEX CONCURRENTLY IF EXISTS public.timesheet_entries_date_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.messages_broadcast_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.parents_reset_token_idx;
