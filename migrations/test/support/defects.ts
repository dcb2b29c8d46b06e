import type pg from 'pg';

/** Gives a legacy database at least one row against every rule that the migrations set up. */
export async function breakEveryRule(client: pg.Client): Promise<void> {
  await client.query(`
    -- Ids that name nobody, twice the same, NULL, blanks, nested arrays.
    INSERT INTO public.parents (id, username, password_hash, email, first_name, last_name, children_ids)
    SELECT 'odd-' || place, 'odd-' || place, 'x', 'odd-' || place || '@example.test', 'A', 'B', ids
    FROM (VALUES
      (1, ARRAY['nobody', NULL, 'nobody', ' ']),
      (2, (SELECT array_agg(id) || array_agg(id) FROM (SELECT id FROM public.children ORDER BY id LIMIT 2) AS c)),
      (3, (SELECT array_agg(id) FROM (SELECT id FROM public.children ORDER BY id LIMIT 1) AS c)),
      (4, NULL), (5, '{{x,y},{z,x}}')
    ) AS odd (place, ids);
    INSERT INTO public.security_zones (id, name, access_rules, device_ids)
    SELECT 'zone', 'Z', '{}', ARRAY['no device', id] FROM public.security_devices LIMIT 1;
    INSERT INTO public.user_profiles (id, user_id, username, role, first_name, last_name, children_ids)
    VALUES ('profile', 'ghost', 'ghost', 'parent', 'A', 'B', '{nobody}');

    -- E-mail addresses that differ in case only, one employee number twice, none twice, one stub twice.
    INSERT INTO public.parents (id, username, password_hash, email, first_name, last_name)
    SELECT 'twin', 'twin', 'x', upper(email), 'A', 'B' FROM public.parents WHERE email <> upper(email) LIMIT 1;
    INSERT INTO public.staff (id, first_name, last_name, position, employee_number)
    VALUES ('s1', 'A', 'B', 'Lead', 'E-1'), ('s2', 'A', 'B', 'Lead', 'E-1'),
      ('s3', 'A', 'B', 'Lead', ''), ('s4', 'A', 'B', 'Lead', '');
    INSERT INTO public.pay_stubs (id, staff_id, pay_period_id)
    SELECT 'stub-' || place, staff_id, pay_period_id
    FROM public.pay_stubs CROSS JOIN generate_series(1, 2) AS place;

    -- Several open rows where one is meant.
    INSERT INTO public.attendance (id, child_id, check_in_time, checked_in_by, room, date)
    SELECT 'open-' || hour, child.id, timestamp '2026-03-02' + hour * interval '1 hour', 'Somebody', 'Acorns',
      timestamp '2026-03-02' + (hour - 8) * interval '1 hour'
    FROM (SELECT id FROM public.children ORDER BY id LIMIT 1) AS child CROSS JOIN generate_series(8, 10) AS hour;
    INSERT INTO public.timesheet_entries (id, staff_id, date, clock_in_time)
    SELECT 'open-' || hour, 's1', '2026-03-02', timestamp '2026-03-02' + hour * interval '1 hour'
    FROM generate_series(8, 10) AS hour;
    INSERT INTO public.timesheet_entries (id, staff_id, date) VALUES ('never-in-1', 's1', '2026-03-02'),
      ('never-in-2', 's1', '2026-03-02');
    INSERT INTO public.daily_reports (id, child_id, date, attendance_status, nap_notes, created_at)
    SELECT 'report-' || hour, child.id, timestamp '2026-03-02' + hour * interval '1 hour', 'present', 'n' || hour,
      CASE WHEN hour < 10 THEN timestamp '2026-03-02' + hour * interval '1 hour' END
    FROM (SELECT id FROM public.children ORDER BY id LIMIT 1) AS child CROSS JOIN generate_series(8, 10) AS hour;
    UPDATE public.state_compliance SET is_active = true;

    -- Values that the application does not know, in a required and in an optional column.
    INSERT INTO public.alerts (id, type, message, severity) VALUES ('odd', 'ratio', 'm', 'Critical ');
    UPDATE public.staff SET pay_type = 'weekly' WHERE id = 's1';

    -- A row in a table that nothing uses, actors of every kind, and a login of today without a cookie.
    INSERT INTO public.user_roles (id, staff_id, role) VALUES ('role', 's1', 'lead');
    INSERT INTO public.security_logs (id, device_id, user_id, action, success)
    SELECT 'log-' || actor, device.id, actor, 'unlock', true
    FROM (SELECT id FROM public.security_devices LIMIT 1) AS device
    CROSS JOIN unnest('{admin,system,1,2,3,s1,odd-1,parent_001,""}'::text[]) AS actor;
    INSERT INTO public.sessions (id, user_id, username, role, last_activity)
    VALUES ('fresh', '1', 'u', 'director', (now() AT TIME ZONE 'UTC') - interval '1 hour');
  `);
}
