-- session_activity.details holds what a request log should not: whole request bodies with birth dates and phones.
-- These functions reduce such a text to the names of its keys. The trigger is made disabled; the treatment of
-- secrets enables it once the old rows are done, because until then nothing of the application may change.
--
-- What is kept of an object at the top: short plain metadata of the request under known keys (method, path, status
-- and so on; a path without its query string). Every object or array becomes the sorted list of its key names, a
-- nested one by dotted path; every other value becomes null, so that its key still shows. A key name that looks
-- unlike a name is written *. Text that is JSON within JSON is opened first; text that cannot be read as JSON but
-- looks like data becomes {"unparsed": true}. A text with nothing to take out is returned as it is.
--
-- A reduced text carries "reduced": true. Reducing it again leaves lists of key names alone and nothing else, so a
-- text that only pretends to be reduced gives away no value that has a space, a digit in front, or an @ in it.

CREATE FUNCTION public.json_key_names(value jsonb, prefix text DEFAULT '', depth integer DEFAULT 0)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  names text[] := '{}';
  member record;
  name text;
BEGIN
  IF depth < 8 AND jsonb_typeof(value) = 'object' THEN
    FOR member IN SELECT * FROM jsonb_each(value) LOOP
      name := prefix || CASE WHEN member.key ~ '^[A-Za-z_][A-Za-z0-9_-]{0,39}$' THEN member.key ELSE '*' END;
      names := names || name;
      IF jsonb_typeof(member.value) IN ('object', 'array') THEN
        names := names || public.json_key_names(member.value, name || '.', depth + 1);
      END IF;
    END LOOP;
  ELSIF depth < 8 AND jsonb_typeof(value) = 'array' THEN
    FOR member IN SELECT * FROM jsonb_array_elements(value) LOOP
      IF jsonb_typeof(member.value) IN ('object', 'array') THEN
        names := names || public.json_key_names(member.value, prefix, depth + 1);
      END IF;
    END LOOP;
  END IF;
  IF depth > 0 OR names = '{}' THEN
    RETURN names;
  END IF;
  RETURN ARRAY(SELECT DISTINCT listed.name COLLATE "C" FROM unnest(names) AS listed (name) ORDER BY 1);
END
$$;

CREATE FUNCTION public.looks_personal(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF length(value) > 300 THEN
    RETURN true;
  ELSIF value !~ '[0-9@%]' THEN
    RETURN false;
  END IF;
  -- Ids in the form of a UUID are full of digits and say nothing about anybody. Left over: e-mail addresses, dates,
  -- phone and other long numbers.
  RETURN regexp_replace(value, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '', 'gi')
    ~* '@|%40|\d{7}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{3}\D{0,3}\d{3}\D{0,2}\d{4}';
END
$$;

CREATE FUNCTION public.reduce_request_details(details text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  unreadable CONSTANT text := '{"unparsed": true}';
  trimmed CONSTANT text := btrim(details, E' \t\r\n');
  parsed jsonb;
  was_reduced boolean;
  result jsonb := '{}';
  member record;
  plain_key text;
  plain_value text;
  inner_value jsonb;
BEGIN
  IF details IS NULL THEN
    RETURN NULL;
  END IF;
  IF left(trimmed, 1) NOT IN ('{', '[', '"') THEN
    -- A sentence of the log such as "User logged in". Form data and pieces of JSON carry one of these signs.
    IF trimmed ~ '[][{}<>=&"\n]' OR public.looks_personal(trimmed) THEN
      RETURN unreadable;
    END IF;
    RETURN details;
  END IF;

  parsed := trimmed::jsonb;
  IF jsonb_typeof(parsed) = 'string' THEN
    RETURN public.reduce_request_details(parsed #>> '{}');
  END IF;
  IF jsonb_typeof(parsed) = 'array' THEN
    RETURN jsonb_build_object('keys', public.json_key_names(parsed), 'reduced', true)::text;
  END IF;

  was_reduced := parsed -> 'reduced' IS NOT DISTINCT FROM 'true';
  FOR member IN SELECT * FROM jsonb_each(parsed) LOOP
    plain_key := lower(replace(member.key, '_', ''));
    plain_value := member.value #>> '{}';
    inner_value := NULL;
    IF jsonb_typeof(member.value) = 'string' AND plain_value ~ '^\s*[[{]' THEN
      BEGIN
        inner_value := plain_value::jsonb;
      EXCEPTION WHEN OTHERS THEN
        inner_value := NULL;
      END;
    END IF;

    IF member.key !~ '^[A-Za-z_][A-Za-z0-9_-]{0,39}$' THEN
      result := result || '{"*": null}';
    ELSIF was_reduced AND jsonb_typeof(member.value) = 'array'
      AND NOT jsonb_path_exists(member.value, '$[*] ? (!(@ like_regex "^[A-Za-z_*][A-Za-z0-9_.*-]*$"))')
      AND NOT jsonb_path_exists(member.value, '$[*] ? (@.type() != "string")') THEN
      result := result || jsonb_build_object(member.key, member.value);
    ELSIF jsonb_typeof(member.value) IN ('object', 'array') THEN
      result := result || jsonb_build_object(member.key, public.json_key_names(member.value));
    ELSIF inner_value IS NOT NULL THEN
      result := result || jsonb_build_object(member.key, public.json_key_names(inner_value));
    ELSIF plain_key IN ('reduced', 'unparsed') AND jsonb_typeof(member.value) = 'boolean' THEN
      result := result || jsonb_build_object(member.key, member.value);
    ELSIF plain_key IN ('sessionid', 'requestid') AND plain_value ~ '^[A-Za-z0-9_-]{1,128}$' THEN
      result := result || jsonb_build_object(member.key, member.value);
    ELSIF plain_key IN ('method', 'httpmethod', 'path', 'url', 'originalurl', 'route', 'endpoint', 'status',
        'statuscode', 'duration', 'durationms', 'responsetime', 'contentlength', 'contenttype', 'action', 'event',
        'result', 'reason', 'role', 'success')
      AND NOT public.looks_personal(split_part(plain_value, '?', 1)) THEN
      result := result || jsonb_build_object(member.key, CASE jsonb_typeof(member.value)
        WHEN 'string' THEN to_jsonb(split_part(plain_value, '?', 1)) ELSE member.value END);
    ELSIF plain_key = 'useragent' AND plain_value !~ '@' AND length(plain_value) <= 300 THEN
      result := result || jsonb_build_object(member.key, member.value);
    ELSE
      result := result || jsonb_build_object(member.key, NULL);
    END IF;
  END LOOP;

  -- A key that stands twice hides its first value from jsonb, not from whoever reads the text.
  IF result = parsed AND (SELECT count(*) FROM json_object_keys(trimmed::json))
    = (SELECT count(*) FROM jsonb_object_keys(parsed)) THEN
    RETURN details;
  END IF;
  RETURN (result || '{"reduced": true}')::text;
EXCEPTION WHEN OTHERS THEN
  -- Not JSON after all, or nested too deep, or a number beyond all bounds.
  RETURN unreadable;
END
$$;

CREATE FUNCTION public.keep_request_bodies_out() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.details := public.reduce_request_details(NEW.details);
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION public.json_key_names(jsonb, text, integer) IS 'Names of the keys of a JSON value at any depth, as sorted dotted paths, never a value';
COMMENT ON FUNCTION public.looks_personal(text) IS 'Whether a line of a log holds what may be an e-mail address, a date, a phone number or another long number';
COMMENT ON FUNCTION public.reduce_request_details(text) IS 'Reduces the details of a logged request to its metadata and the names of the keys; never fails, and done twice changes nothing more';
COMMENT ON FUNCTION public.keep_request_bodies_out() IS 'Reduces the details of a request before they are stored';
REVOKE ALL ON FUNCTION public.keep_request_bodies_out() FROM PUBLIC;

CREATE TRIGGER session_activity_keep_bodies_out BEFORE INSERT OR UPDATE OF details ON public.session_activity
FOR EACH ROW EXECUTE FUNCTION public.keep_request_bodies_out();
ALTER TABLE public.session_activity DISABLE TRIGGER session_activity_keep_bodies_out;
