-- A view and two functions: they hold no rows.

DROP FUNCTION public.purge_session_activity(interval, integer);
DROP FUNCTION public.close_stale_sessions(interval, text);
DROP VIEW public.session_overview;
