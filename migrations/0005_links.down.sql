-- The arrays say the same as the links. What only the new places know (a relationship, a guardian marked among
-- several) is copied into schema archive first. A children.parent_id that was there before stays.

DO $$
DECLARE
  suffix CONSTANT text := '_before_down_' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISSMS');
BEGIN
  LOCK TABLE public.children, public.child_guardians IN ACCESS EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM public.child_guardians WHERE relationship IS NOT NULL) THEN
    CREATE SCHEMA IF NOT EXISTS archive;
    EXECUTE format('CREATE TABLE archive.%I AS SELECT * FROM public.child_guardians',
      'child_guardians' || suffix);
  END IF;
  IF EXISTS (
    SELECT FROM public.children AS child
    JOIN public.child_guardians AS other ON other.child_id = child.id AND other.parent_id <> child.parent_id
  ) THEN
    CREATE SCHEMA IF NOT EXISTS archive;
    EXECUTE format('CREATE TABLE archive.%I AS SELECT id, parent_id FROM public.children'
      ' WHERE parent_id IS NOT NULL', 'children' || suffix);
  END IF;
END
$$;

DROP TRIGGER parents_sync_links ON public.parents;
DROP TRIGGER children_sync_guardians ON public.children;
DROP TRIGGER security_zones_sync_links ON public.security_zones;
DROP TRIGGER security_devices_sync_zones ON public.security_devices;
DROP TRIGGER user_profiles_sync_links ON public.user_profiles;
DROP TRIGGER children_sync_profiles ON public.children;
DROP TABLE public.child_guardians;
DROP TABLE public.security_zone_devices;
DROP TABLE public.user_profile_children;
DROP FUNCTION public.sync_links_from_array();
DROP FUNCTION public.sync_array_from_links();
DROP FUNCTION public.sync_links_of_new_members();
DROP FUNCTION public.mark_only_guardian_primary();

DO $$
BEGIN
  IF EXISTS (
    SELECT FROM public.data_findings
    WHERE rule = 'column-already-present' AND source = '0005_links' AND table_name = 'children'
  ) THEN
    COMMENT ON COLUMN public.children.parent_id IS NULL;
  ELSE
    ALTER TABLE public.children DROP COLUMN parent_id;
  END IF;
END
$$;
