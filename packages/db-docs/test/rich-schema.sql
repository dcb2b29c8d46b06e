-- One of everything that PostgreSQL 15 to 18 can hold and a document should tell, then names that attack it.
CREATE SCHEMA school;
COMMENT ON SCHEMA school IS 'Where lessons | live';
CREATE EXTENSION btree_gist;

CREATE TYPE school.mood AS ENUM ('happy', 'sad', 'it''s | complicated', 'with "quotes", comma');
ALTER TYPE school.mood ADD VALUE 'first' BEFORE 'happy';
COMMENT ON TYPE school.mood IS 'How a child *feels*';
CREATE DOMAIN school.email AS text COLLATE "C" DEFAULT 'x@y.z' NOT NULL
  CONSTRAINT has_at CHECK (VALUE ~ '^[^@|]+@[^@|]+$');
ALTER DOMAIN school.email ADD CONSTRAINT short CHECK (length(VALUE) < 200) NOT VALID;
CREATE TYPE school.address AS (street text, "house | no" integer);
CREATE TYPE school.price_range AS RANGE (subtype = numeric);

CREATE SEQUENCE school.ticket AS integer START 10 INCREMENT 5 MAXVALUE 1000 CYCLE;

CREATE TABLE school.room (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  building text NOT NULL,
  number smallint NOT NULL,
  seats numeric(6, 2) DEFAULT 12.5 CHECK (seats > 0),
  label text GENERATED ALWAYS AS (building || '|' || number::text) STORED,
  CONSTRAINT room_place_key UNIQUE NULLS NOT DISTINCT (building, number) INCLUDE (seats)
);
COMMENT ON TABLE school.room IS E'A room.\nWith **two** lines & a <b>tag</b>, a | pipe and `ticks`.';
COMMENT ON COLUMN school.room.seats IS '$5 or $6 per seat, see [here](javascript:alert(1))';

CREATE TABLE school.teacher (
  id serial PRIMARY KEY,
  email school.email,
  mood school.mood DEFAULT 'happy',
  moods school.mood[],
  home school.address,
  pay school.price_range,
  reports_to integer REFERENCES school.teacher ON DELETE SET NULL,
  nick varchar(20) COLLATE "C"
);
CREATE INDEX teacher_reports_to ON school.teacher (reports_to);
CREATE UNIQUE INDEX teacher_email_lower ON school.teacher (lower(email::text) DESC NULLS LAST)
  INCLUDE (nick) WHERE (nick <> 'a|b');
CREATE INDEX teacher_nick ON school.teacher USING btree (nick);
CREATE INDEX teacher_nick_again ON school.teacher (nick);
COMMENT ON INDEX school.teacher_nick IS 'for | search';

CREATE TABLE school.booking (
  room_building text,
  room_number smallint,
  during tstzrange NOT NULL,
  teacher_id integer NOT NULL,
  note text,
  CONSTRAINT booking_room FOREIGN KEY (room_building, room_number)
    REFERENCES school.room (building, number) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL
    DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT booking_no_overlap EXCLUDE USING gist (room_number WITH =, during WITH &&),
  CONSTRAINT booking_note CHECK (note <> E'two\nlines' AND note <> '||')
);
ALTER TABLE school.booking ADD CONSTRAINT booking_teacher FOREIGN KEY (teacher_id)
  REFERENCES school.teacher NOT VALID;

CREATE TABLE school.event (
  id bigint NOT NULL,
  at timestamptz NOT NULL,
  teacher_id integer REFERENCES school.teacher,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX event_teacher ON school.event (teacher_id);
CREATE TABLE school.event_2025 PARTITION OF school.event
  FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
CREATE TABLE school.event_2026 PARTITION OF school.event
  FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2027-01-01 00:00+00') PARTITION BY HASH (id);
CREATE TABLE school.event_2026_0 PARTITION OF school.event_2026 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE school.event_rest PARTITION OF school.event DEFAULT;
CREATE INDEX event_rest_only ON school.event_rest (at);
ALTER TABLE school.event_rest ADD CONSTRAINT rest_only CHECK (id > 0),
  ALTER teacher_id SET NOT NULL, ALTER at SET DEFAULT now();
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER "far | away" FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE school.remote (id integer NOT NULL) SERVER "far | away";
CREATE PUBLICATION some_tables FOR TABLE school.room, TABLES IN SCHEMA public;

CREATE UNLOGGED TABLE school.scratch (payload jsonb) WITH (fillfactor = 70);
CREATE TABLE school.parent_log (line text);
CREATE TABLE school.child_log (extra text) INHERITS (school.parent_log);
CREATE TABLE school.empty ();

CREATE FUNCTION school.touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $f$
BEGIN
  -- ``` a fence, <!-- notes: school.room --> and ## a heading
  RETURN NEW;
END
$f$;
REVOKE ALL ON FUNCTION school.touch() FROM PUBLIC;
CREATE FUNCTION school.add(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  AS 'SELECT a + b';
CREATE FUNCTION school.add(a text, b text) RETURNS text LANGUAGE sql AS 'SELECT a || b';
COMMENT ON FUNCTION school.add(integer, integer) IS 'Adds';
CREATE PROCEDURE school.reset() LANGUAGE sql AS 'DELETE FROM school.scratch';
CREATE AGGREGATE school.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');

CREATE TRIGGER room_touch BEFORE UPDATE OF seats ON school.room
  FOR EACH ROW WHEN (OLD.seats IS DISTINCT FROM NEW.seats) EXECUTE FUNCTION school.touch();
CREATE TRIGGER room_off BEFORE INSERT ON school.room FOR EACH ROW EXECUTE FUNCTION school.touch();
ALTER TABLE school.room DISABLE TRIGGER room_off;

ALTER TABLE school.teacher ENABLE ROW LEVEL SECURITY;
ALTER TABLE school.teacher FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON school.teacher AS RESTRICTIVE FOR UPDATE TO PUBLIC
  USING (email::text = CURRENT_USER::text) WITH CHECK (nick <> '|');
CREATE POLICY idle ON school.room FOR SELECT USING (true);
ALTER TABLE school.booking ENABLE ROW LEVEL SECURITY;
CREATE RULE keep AS ON DELETE TO school.parent_log DO INSTEAD NOTHING;

GRANT SELECT, INSERT ON school.room TO PUBLIC;
GRANT UPDATE (seats) ON school.room TO PUBLIC;

CREATE VIEW school.full_room WITH (security_barrier) AS
  SELECT r.label, t.nick FROM school.room r JOIN school.teacher t ON t.id = r.id;
COMMENT ON VIEW school.full_room IS 'A view';
CREATE MATERIALIZED VIEW school.nicks AS SELECT nick FROM school.teacher;
CREATE UNIQUE INDEX nicks_nick ON school.nicks (nick);

-- Names that are Markdown, HTML, SQL, Mermaid, or not to be seen.
CREATE SCHEMA "Odd.Schema|`x`";
CREATE TABLE "Odd.Schema|`x`"."one ""to"" many" (
  "PK" integer PRIMARY KEY,
  "a|b" text,
  "`tick`" text,
  "line
break" text,
  " lead" text,
  "<img src=x onerror=alert(1)>" text,
  "[x](javascript:alert(1))" text,
  "# heading" text,
  "back\slash" text,
  "--> notes" text,
  "größe 🐘" text,
  "日本語日本語日本語日本語日本語日本語日本" text,
  "U&""x""" text,
  "a.b" integer,
  "$m$" text,
  "**bold**_em_" text,
  "user" text DEFAULT E'a|b\n`c`'
);
COMMENT ON COLUMN "Odd.Schema|`x`"."one ""to"" many"."a|b" IS
  E'| # | Column |\n| --- | --- |\n<!-- notes: x -->\n```\n## Tables :smile: \u202e';
CREATE TABLE "Odd.Schema|`x`"."style" ("direction" integer REFERENCES "Odd.Schema|`x`"."one ""to"" many",
  "class" integer, "t y p e" integer PRIMARY KEY,
  CONSTRAINT "strange | name" FOREIGN KEY ("class") REFERENCES "Odd.Schema|`x`"."style");
CREATE TABLE "Odd.Schema|`x`"."-->" ("%" integer REFERENCES "Odd.Schema|`x`"."style" DEFERRABLE);
CREATE TABLE "Odd.Schema|`x`"." USING btree (" (id integer, "x USING btree (" integer);
CREATE INDEX "i USING btree (" ON "Odd.Schema|`x`"." USING btree (" ("x USING btree (");
CREATE TABLE "Odd.Schema|`x`"."x
y" (id integer PRIMARY KEY);
-- Headings of these two have the same anchor.
CREATE TABLE public.ab (id integer PRIMARY KEY);
CREATE TABLE public."a.b" (id integer PRIMARY KEY, ab integer REFERENCES public.ab);
