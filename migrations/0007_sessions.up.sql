-- sessions is the registry of logins, user_sessions the cookie store (its library owns it, so nothing is added to it)
-- and session_activity the log of requests. They do not overlap; what was missing is a view that ties them together,
-- a way to close logins that nobody ended, and a way to keep the log from growing for ever.

-- The cookie's sid is left out on purpose: who knows it is logged in.
CREATE VIEW public.session_overview WITH (security_invoker = true) AS
SELECT
  login.id,
  login.user_id,
  login.username,
  login.role,
  login.login_time,
  login.last_activity,
  login.end_time,
  login.end_reason,
  login.is_active,
  cookie.expires_at AS cookie_expires_at,
  request.last_request_at
FROM public.sessions AS login
LEFT JOIN (
  SELECT sess ->> 'sessionId' AS session_id, max(expire) AS expires_at
  FROM public.user_sessions
  WHERE expire > (now() AT TIME ZONE 'UTC')
  GROUP BY 1
) AS cookie ON cookie.session_id = login.id
LEFT JOIN LATERAL (
  SELECT max(activity.timestamp) AS last_request_at
  FROM public.session_activity AS activity
  WHERE activity.session_id = login.id
) AS request ON true;

COMMENT ON VIEW public.session_overview IS 'Each login with its unexpired cookie, if it has one, and its latest request';
COMMENT ON COLUMN public.session_overview.cookie_expires_at IS 'When the cookie of this login expires, in UTC; null when it has none that is still good';
COMMENT ON COLUMN public.session_overview.last_request_at IS 'Latest row of session_activity, in UTC; last_activity is what the application noted itself';

CREATE FUNCTION public.close_stale_sessions(older_than interval, source text DEFAULT 'close_stale_sessions')
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD'
AS $$
DECLARE
  closed integer;
BEGIN
  IF older_than IS NULL OR older_than < interval '1 hour' THEN
    RAISE EXCEPTION 'sessions younger than an hour are not stale'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Pass an interval of one hour or more.';
  END IF;

  WITH stale AS MATERIALIZED (
    SELECT id, is_active, end_time, end_reason, last_activity
    FROM public.sessions
    WHERE is_active AND last_activity < (now() AT TIME ZONE 'UTC') - older_than
      AND NOT EXISTS (
        SELECT FROM public.user_sessions AS cookie
        WHERE cookie.expire > (now() AT TIME ZONE 'UTC') AND cookie.sess ->> 'sessionId' = sessions.id
      )
    FOR UPDATE
  ), kept AS (
    INSERT INTO public.data_quarantine
      (schema_name, table_name, row_key, column_name, old_value, reason, source)
    SELECT 'public', 'sessions', jsonb_build_object('id', stale.id), replaced.column_name, replaced.old_value,
      'The login was never ended and no unexpired cookie belongs to it.', close_stale_sessions.source
    FROM stale CROSS JOIN LATERAL (VALUES
      ('is_active', stale.is_active::text),
      ('end_time', stale.end_time::text),
      ('end_reason', stale.end_reason)
    ) AS replaced (column_name, old_value)
    ON CONFLICT DO NOTHING
  )
  UPDATE public.sessions
  SET is_active = false, end_time = stale.last_activity, end_reason = 'expired'
  FROM stale WHERE sessions.id = stale.id;
  GET DIAGNOSTICS closed = ROW_COUNT;
  RETURN closed;
END
$$;

CREATE FUNCTION public.purge_session_activity(older_than interval, batch_size integer DEFAULT 1000)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  purged integer;
BEGIN
  IF older_than IS NULL OR older_than < interval '1 day' THEN
    RAISE EXCEPTION 'the request log of the last day is kept'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Pass an interval of one day or more.';
  END IF;
  DELETE FROM public.session_activity WHERE id IN (
    SELECT id FROM public.session_activity
    WHERE timestamp < (now() AT TIME ZONE 'UTC') - older_than
    ORDER BY timestamp LIMIT batch_size FOR UPDATE SKIP LOCKED
  );
  GET DIAGNOSTICS purged = ROW_COUNT;
  RETURN purged;
END
$$;

COMMENT ON FUNCTION public.close_stale_sessions(interval, text) IS 'Closes logins idle for longer than the interval that no unexpired cookie belongs to; old values go to data_quarantine first. Returns how many';
COMMENT ON FUNCTION public.purge_session_activity(interval, integer) IS 'Deletes one batch of request log older than the interval and returns its size; call it until it returns 0. Nothing calls it by itself';
REVOKE ALL ON FUNCTION public.close_stale_sessions(interval, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.purge_session_activity(interval, integer) FROM PUBLIC;
