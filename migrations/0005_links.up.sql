-- Three arrays of ids become relations: parents.children_ids, security_zones.device_ids and
-- user_profiles.children_ids. While old code still writes the arrays and new code the links, triggers keep each in
-- step with the other:
--
--   array written    links of ids that came are added, links of ids that went are removed;
--   link written     the id is appended to the array or taken out of it, everything else stays in its place;
--   row created      gets the links of arrays that already named it.
--
-- Only what a statement changed is carried over (never the whole state), so the two directions come to rest after
-- one turn whatever the depth of triggers, and one statement may write many links. An id that resolves to nothing
-- stays in the array and is reported once; it never makes a write fail. Names of tables and columns are arguments
-- of the triggers. The functions run as their owner, because old code need not know the new tables, and nobody
-- else may attach them to a table.

CREATE TABLE public.child_guardians (
  parent_id varchar NOT NULL,
  child_id varchar NOT NULL,
  relationship text,
  source text DEFAULT 'application' NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT child_guardians_pkey PRIMARY KEY (parent_id, child_id),
  CONSTRAINT child_guardians_parent_id_fkey FOREIGN KEY (parent_id)
    REFERENCES public.parents (id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT child_guardians_child_id_fkey FOREIGN KEY (child_id)
    REFERENCES public.children (id) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE public.security_zone_devices (
  zone_id varchar NOT NULL,
  device_id varchar NOT NULL,
  source text DEFAULT 'application' NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT security_zone_devices_pkey PRIMARY KEY (zone_id, device_id),
  CONSTRAINT security_zone_devices_zone_id_fkey FOREIGN KEY (zone_id)
    REFERENCES public.security_zones (id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT security_zone_devices_device_id_fkey FOREIGN KEY (device_id)
    REFERENCES public.security_devices (id) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE public.user_profile_children (
  profile_id varchar NOT NULL,
  child_id varchar NOT NULL,
  source text DEFAULT 'application' NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT user_profile_children_pkey PRIMARY KEY (profile_id, child_id),
  CONSTRAINT user_profile_children_profile_id_fkey FOREIGN KEY (profile_id)
    REFERENCES public.user_profiles (id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT user_profile_children_child_id_fkey FOREIGN KEY (child_id)
    REFERENCES public.children (id) ON UPDATE CASCADE ON DELETE CASCADE
);

COMMENT ON TABLE public.child_guardians IS 'Which parent is a guardian of which child; kept in step with parents.children_ids';
COMMENT ON COLUMN public.child_guardians.relationship IS 'What the guardian is to the child, such as mother or grandfather';
COMMENT ON COLUMN public.child_guardians.parent_id IS 'The guardian';
COMMENT ON COLUMN public.child_guardians.child_id IS 'The child';
COMMENT ON COLUMN public.child_guardians.created_at IS 'When the link was made';
COMMENT ON COLUMN public.child_guardians.source IS 'Where the link came from: application, or the column it was made from';
COMMENT ON TABLE public.security_zone_devices IS 'Which device guards which zone; kept in step with security_zones.device_ids';
COMMENT ON COLUMN public.security_zone_devices.zone_id IS 'The zone';
COMMENT ON COLUMN public.security_zone_devices.device_id IS 'The device';
COMMENT ON COLUMN public.security_zone_devices.created_at IS 'When the link was made';
COMMENT ON COLUMN public.security_zone_devices.source IS 'Where the link came from: application, or the column it was made from';
COMMENT ON TABLE public.user_profile_children IS 'Which child belongs to which user profile; kept in step with user_profiles.children_ids';
COMMENT ON COLUMN public.user_profile_children.profile_id IS 'The user profile';
COMMENT ON COLUMN public.user_profile_children.child_id IS 'The child';
COMMENT ON COLUMN public.user_profile_children.created_at IS 'When the link was made';
COMMENT ON COLUMN public.user_profile_children.source IS 'Where the link came from: application, or the column it was made from';

-- The primary guardian. An earlier attempt may have added this column; its values are dealt with by the back-fill,
-- and the keys that it needs come with the other constraints.
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid = 'public.children'::regclass AND attname = 'parent_id' AND NOT attisdropped
  ) THEN
    INSERT INTO public.data_findings (rule, schema_name, table_name, column_name, message, source)
    VALUES ('column-already-present', 'public', 'children', 'parent_id',
      'The column was there before this migration and was left as it is.', '0005_links')
    ON CONFLICT DO NOTHING;
  ELSE
    ALTER TABLE public.children ADD COLUMN parent_id varchar;
  END IF;
END
$$;

COMMENT ON COLUMN public.children.parent_id IS 'The primary guardian, always one of the child''s guardians; null while there are several and none is marked';

-- AFTER INSERT OR UPDATE OF the array. Arguments: array column, table of links, its two columns, table of members.
CREATE FUNCTION public.sync_links_from_array() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  array_column CONSTANT text := TG_ARGV[0];
  link_table CONSTANT text := TG_ARGV[1];
  owner_column CONSTANT text := TG_ARGV[2];
  member_column CONSTANT text := TG_ARGV[3];
  member_table CONSTANT text := TG_ARGV[4];
  unresolved_sql CONSTANT text := format(
    'SELECT EXISTS (SELECT FROM unnest($1) AS listed (id)'
    ' WHERE NOT EXISTS (SELECT FROM public.%I AS member WHERE member.id = listed.id))', member_table);
  ids_before text[];
  ids_after text[];
  added text[];
  removed text[];
  unresolved boolean;
BEGIN
  EXECUTE format('SELECT ($1).%I', array_column) INTO ids_after USING NEW;
  IF TG_OP = 'UPDATE' THEN
    EXECUTE format('SELECT ($1).%I', array_column) INTO ids_before USING OLD;
  END IF;
  IF ids_after IS NOT DISTINCT FROM ids_before THEN
    RETURN NULL;
  END IF;

  removed := ARRAY(SELECT unnest(ids_before) EXCEPT SELECT unnest(ids_after));
  added := ARRAY(
    SELECT listed.id FROM unnest(ids_after) AS listed (id) WHERE listed.id IS NOT NULL
    EXCEPT SELECT unnest(ids_before)
  );
  IF removed <> '{}' THEN
    EXECUTE format('DELETE FROM public.%I WHERE %I = $1 AND %I = ANY ($2)',
      link_table, owner_column, member_column) USING NEW.id, removed;
  END IF;
  IF added = '{}' THEN
    RETURN NULL;
  END IF;

  -- A member that another transaction is just creating is invisible here, as this array is to that transaction:
  -- wait for it, then look again. sync_links_of_new_members holds the other side of the lock.
  EXECUTE unresolved_sql INTO unresolved USING added;
  IF unresolved THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('links to ' || member_table, 0));
  END IF;

  -- The row lock lets a member that is being deleted drop out of the list instead of failing the key.
  EXECUTE format(
    'INSERT INTO public.%1$I (%2$I, %3$I, source) SELECT $1, member.id, $3 FROM'
    ' (SELECT id FROM public.%4$I WHERE id = ANY ($2) ORDER BY id FOR KEY SHARE) AS member'
    ' ON CONFLICT DO NOTHING', link_table, owner_column, member_column, member_table)
    USING NEW.id, added, TG_TABLE_NAME || '.' || array_column;

  EXECUTE unresolved_sql INTO unresolved USING added;
  IF unresolved THEN
    INSERT INTO public.data_findings
      (rule, schema_name, table_name, row_key, column_name, message, source)
    VALUES ('unresolved-array-id', 'public', TG_TABLE_NAME, jsonb_build_object('id', NEW.id), array_column,
      format('The array names an id that is no row of %s; the id stays there.', member_table), 'links')
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;

-- BEFORE INSERT and AFTER INSERT OR DELETE OR UPDATE of a link. Arguments: table with the array, array column, the
-- two columns of the link, table of members.
CREATE FUNCTION public.sync_array_from_links() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  owner_table CONSTANT text := TG_ARGV[0];
  array_column CONSTANT text := TG_ARGV[1];
  owner_column CONSTANT text := TG_ARGV[2];
  member_column CONSTANT text := TG_ARGV[3];
  member_table CONSTANT text := TG_ARGV[4];
  owner_id text;
  member_id text;
  member_exists boolean;
BEGIN
  IF TG_WHEN = 'BEFORE' THEN
    -- Writers of the array hold the owner's row first and the link second; in this order here too, no deadlock.
    EXECUTE format('SELECT FROM public.%I WHERE id = $1 FOR NO KEY UPDATE', owner_table)
      USING to_jsonb(NEW) ->> owner_column;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) -> owner_column, to_jsonb(OLD) -> member_column)
    = (to_jsonb(NEW) -> owner_column, to_jsonb(NEW) -> member_column) THEN
    RETURN NULL;
  END IF;

  IF TG_OP IN ('DELETE', 'UPDATE') THEN
    owner_id := to_jsonb(OLD) ->> owner_column;
    member_id := to_jsonb(OLD) ->> member_column;
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE id = $1)', member_table)
      INTO member_exists USING member_id;
    IF member_exists OR TG_OP = 'UPDATE' THEN
      EXECUTE format(
        'UPDATE public.%1$I SET %2$I = ARRAY(SELECT listed.id FROM unnest(%2$I) WITH ORDINALITY'
        ' AS listed (id, place) WHERE listed.id IS DISTINCT FROM $2 ORDER BY listed.place)'
        ' WHERE id = $1 AND EXISTS (SELECT FROM unnest(%2$I) AS listed (id) WHERE listed.id = $2)',
        owner_table, array_column) USING owner_id, member_id;
    ELSE
      -- The member itself was deleted: the array keeps what it said.
      EXECUTE format(
        'INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)'
        ' SELECT ''unresolved-array-id'', ''public'', %1$L, jsonb_build_object(''id'', id), %2$L, %3$L, ''links'''
        ' FROM public.%1$I WHERE id = $1 ON CONFLICT DO NOTHING', owner_table, array_column,
        format('The array names an id that is no row of %s; the id stays there.', member_table))
        USING owner_id;
    END IF;
  END IF;

  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    owner_id := to_jsonb(NEW) ->> owner_column;
    member_id := to_jsonb(NEW) ->> member_column;
    EXECUTE format(
      'UPDATE public.%1$I SET %2$I = ARRAY(SELECT listed.id FROM ('
      'SELECT * FROM unnest(%2$I) WITH ORDINALITY UNION ALL SELECT $2, NULL) AS listed (id, place)'
      ' ORDER BY listed.place NULLS LAST)'
      ' WHERE id = $1 AND NOT EXISTS (SELECT FROM unnest(%2$I) AS listed (id) WHERE listed.id = $2)',
      owner_table, array_column) USING owner_id, member_id;
  END IF;
  RETURN NULL;
END
$$;

-- AFTER INSERT on members, once a statement. Arguments: table with the array, array column, table of links, its two
-- columns.
CREATE FUNCTION public.sync_links_of_new_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('links to ' || TG_TABLE_NAME, 0));
  EXECUTE format(
    'INSERT INTO public.%3$I (%4$I, %5$I, source) SELECT owner.id, member.id, %6$L'
    ' FROM public.%1$I AS owner CROSS JOIN LATERAL unnest(owner.%2$I) AS listed (id)'
    ' JOIN new_members AS member ON member.id = listed.id FOR KEY SHARE OF owner ON CONFLICT DO NOTHING',
    TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], TG_ARGV[4], TG_ARGV[0] || '.' || TG_ARGV[1]);
  RETURN NULL;
END
$$;

CREATE FUNCTION public.mark_only_guardian_primary() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.children AS child SET parent_id = NEW.parent_id
  WHERE child.id = NEW.child_id AND child.parent_id IS NULL
    AND NOT EXISTS (
      SELECT FROM public.child_guardians AS other
      WHERE other.child_id = NEW.child_id AND other.parent_id <> NEW.parent_id
    );
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION public.sync_links_from_array() IS 'Carries ids that an array gained or lost over to its table of links';
COMMENT ON FUNCTION public.sync_array_from_links() IS 'Carries a link that came or went over to the array of its owner';
COMMENT ON FUNCTION public.sync_links_of_new_members() IS 'Links new rows to the owners whose arrays already named them';
COMMENT ON FUNCTION public.mark_only_guardian_primary() IS 'Makes the first guardian of a child its primary one; with several, people decide';

REVOKE ALL ON FUNCTION public.sync_links_from_array() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.sync_array_from_links() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.sync_links_of_new_members() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.mark_only_guardian_primary() FROM PUBLIC;

CREATE TRIGGER parents_sync_links AFTER INSERT OR UPDATE OF children_ids ON public.parents
FOR EACH ROW EXECUTE FUNCTION public.sync_links_from_array
  ('children_ids', 'child_guardians', 'parent_id', 'child_id', 'children');
CREATE TRIGGER child_guardians_lock_owner BEFORE INSERT ON public.child_guardians
FOR EACH ROW EXECUTE FUNCTION public.sync_array_from_links
  ('parents', 'children_ids', 'parent_id', 'child_id', 'children');
CREATE TRIGGER child_guardians_sync_array
AFTER INSERT OR DELETE OR UPDATE OF parent_id, child_id ON public.child_guardians
FOR EACH ROW EXECUTE FUNCTION public.sync_array_from_links
  ('parents', 'children_ids', 'parent_id', 'child_id', 'children');
CREATE TRIGGER child_guardians_mark_primary AFTER INSERT ON public.child_guardians
FOR EACH ROW EXECUTE FUNCTION public.mark_only_guardian_primary();
CREATE TRIGGER children_sync_guardians AFTER INSERT ON public.children
REFERENCING NEW TABLE AS new_members
FOR EACH STATEMENT EXECUTE FUNCTION public.sync_links_of_new_members
  ('parents', 'children_ids', 'child_guardians', 'parent_id', 'child_id');

CREATE TRIGGER security_zones_sync_links AFTER INSERT OR UPDATE OF device_ids ON public.security_zones
FOR EACH ROW EXECUTE FUNCTION public.sync_links_from_array
  ('device_ids', 'security_zone_devices', 'zone_id', 'device_id', 'security_devices');
CREATE TRIGGER security_zone_devices_lock_owner BEFORE INSERT ON public.security_zone_devices
FOR EACH ROW EXECUTE FUNCTION public.sync_array_from_links
  ('security_zones', 'device_ids', 'zone_id', 'device_id', 'security_devices');
CREATE TRIGGER security_zone_devices_sync_array
AFTER INSERT OR DELETE OR UPDATE OF zone_id, device_id ON public.security_zone_devices
FOR EACH ROW EXECUTE FUNCTION public.sync_array_from_links
  ('security_zones', 'device_ids', 'zone_id', 'device_id', 'security_devices');
CREATE TRIGGER security_devices_sync_zones AFTER INSERT ON public.security_devices
REFERENCING NEW TABLE AS new_members
FOR EACH STATEMENT EXECUTE FUNCTION public.sync_links_of_new_members
  ('security_zones', 'device_ids', 'security_zone_devices', 'zone_id', 'device_id');

CREATE TRIGGER user_profiles_sync_links AFTER INSERT OR UPDATE OF children_ids ON public.user_profiles
FOR EACH ROW EXECUTE FUNCTION public.sync_links_from_array
  ('children_ids', 'user_profile_children', 'profile_id', 'child_id', 'children');
CREATE TRIGGER user_profile_children_lock_owner BEFORE INSERT ON public.user_profile_children
FOR EACH ROW EXECUTE FUNCTION public.sync_array_from_links
  ('user_profiles', 'children_ids', 'profile_id', 'child_id', 'children');
CREATE TRIGGER user_profile_children_sync_array
AFTER INSERT OR DELETE OR UPDATE OF profile_id, child_id ON public.user_profile_children
FOR EACH ROW EXECUTE FUNCTION public.sync_array_from_links
  ('user_profiles', 'children_ids', 'profile_id', 'child_id', 'children');
CREATE TRIGGER children_sync_profiles AFTER INSERT ON public.children
REFERENCING NEW TABLE AS new_members
FOR EACH STATEMENT EXECUTE FUNCTION public.sync_links_of_new_members
  ('user_profiles', 'children_ids', 'user_profile_children', 'profile_id', 'child_id');
