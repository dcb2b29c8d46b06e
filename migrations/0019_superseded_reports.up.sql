-- Room for the rule of the next file: a child has one report a day. Two reports of one day cannot be merged by a machine
-- and none of them may be lost, so that the older ones stay as rows that say of themselves that they count no more.

ALTER TABLE public.daily_reports ADD COLUMN is_superseded boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN public.daily_reports.is_superseded IS
  'Older report of a day that has a newer one; kept, but no longer the report of that day';
