-- Functions and a trigger: they hold no rows. Details that were reduced stay reduced.

DROP TRIGGER session_activity_keep_bodies_out ON public.session_activity;
DROP FUNCTION public.keep_request_bodies_out();
DROP FUNCTION public.reduce_request_details(text);
DROP FUNCTION public.looks_personal(text);
DROP FUNCTION public.json_key_names(jsonb, text, integer);
