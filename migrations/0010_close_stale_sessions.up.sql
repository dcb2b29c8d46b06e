-- Clean: logins of the past that were never ended. A day without activity and no unexpired cookie, both, so that
-- nobody who is logged in is logged out.

SELECT public.close_stale_sessions(interval '24 hours', '0010_close_stale_sessions');
