-- Which report of a day is the newest can be seen from created_at, so nothing is lost with the marks.

ALTER TABLE public.daily_reports DROP COLUMN is_superseded;
