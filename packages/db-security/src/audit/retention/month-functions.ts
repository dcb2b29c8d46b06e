/**
 * The months of the log: one partition each, made ahead of time, and dropped when their time is over. Each function is
 * one transaction, waits half a second at most for a lock, and says why when it did nothing.
 */
import { quoteLiteral } from '@tothub/db-catalog';

/** Nothing may depend on how the session prints a time, nor wait for long. */
const SETTINGS = `SECURITY DEFINER SET search_path = '' SET jit = off SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET lock_timeout = '500ms'`;

function isAttached(s: string): string {
  return `EXISTS (
    SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = ${quoteLiteral(`${s}.log`)}::regclass AND c.relname = name)`;
}

/**
 * `make_month(month, limit)`: makes the partition of a month and moves into it what stands in the default partition.
 * Writers to the default partition wait for the move, so it takes no more than so many entries.
 */
export function makeMonthFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.make_month(month date, row_limit bigint, OUT moved bigint, OUT refused text)
LANGUAGE plpgsql ${SETTINGS} AS ${quoteLiteral(`
DECLARE
  name text := 'log_' || to_char(month, 'YYYY_MM');
  starts timestamptz := month;
  ends timestamptz := month + interval '1 month';
BEGIN
  LOCK TABLE ${s}.seal IN SHARE ROW EXCLUSIVE MODE;
  IF ${isAttached(s)} THEN
    refused := 'exists';
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = ${quoteLiteral(s)}::regnamespace AND c.relname = name) THEN
    refused := 'detached';
    RETURN;
  END IF;
  SELECT count(*) INTO moved FROM (
    SELECT FROM ${s}.log_default AS l WHERE l.at >= starts AND l.at < ends LIMIT row_limit + 1) AS l;
  IF moved > row_limit THEN
    refused := 'large';
    RETURN;
  END IF;
  LOCK TABLE ${s}.log_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format(${quoteLiteral(`CREATE TABLE ${escaped(s)}.%I (LIKE ${escaped(s)}.log INCLUDING ALL EXCLUDING INDEXES)`)}, name);
  EXECUTE format(${quoteLiteral(`REVOKE ALL ON ${escaped(s)}.%I FROM PUBLIC`)}, name);
  -- Nobody else gets at the default partition before the guard is back.
  ALTER TABLE ${s}.log_default DISABLE TRIGGER guard_delete;
  EXECUTE format(${quoteLiteral(
    `WITH moved AS (DELETE FROM ${escaped(s)}.log_default AS l WHERE l.at >= $1 AND l.at < $2 RETURNING l.*)
     INSERT INTO ${escaped(s)}.%I SELECT * FROM moved`,
  )}, name) USING starts, ends;
  GET DIAGNOSTICS moved = ROW_COUNT;
  ALTER TABLE ${s}.log_default ENABLE ALWAYS TRIGGER guard_delete;
  EXECUTE format(${quoteLiteral(`ALTER TABLE ${escaped(s)}.log ATTACH PARTITION ${escaped(s)}.%I FOR VALUES FROM (%L) TO (%L)`)},
    name, starts, ends);
  PERFORM ${s}.add_partitions();
END
`)}`;
}

/**
 * `drop_month(month, kept)`: drops the partition of a month of which every entry is sealed, and leaves a note that names
 * the seals: all that retention ever emptied, so that the last note tells it all. Tables whose configuration would go
 * with the month have it noted anew.
 */
export function dropMonthFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.drop_month(month date, kept_months integer, OUT dropped bigint, OUT refused text)
LANGUAGE plpgsql ${SETTINGS} AS ${quoteLiteral(`
DECLARE
  name text := 'log_' || to_char(month, 'YYYY_MM');
  gone int8multirange;
  going int8multirange;
  sealed bigint;
BEGIN
  IF month >= date_trunc('month', clock_timestamp()) - make_interval(months => greatest(kept_months, 0)) THEN
    refused := 'kept';
    RETURN;
  END IF;
  LOCK TABLE ${s}.seal IN SHARE ROW EXCLUSIVE MODE;
  IF NOT ${isAttached(s)} THEN
    refused := 'missing';
    RETURN;
  END IF;
  -- Readers go on; whoever still had an entry to commit here is waited for, and so is counted.
  EXECUTE format(${quoteLiteral(`LOCK TABLE ${escaped(s)}.%I IN SHARE MODE`)}, name);
  SELECT coalesce(range_agg(r), '{}') INTO gone
  FROM ${s}.log AS l, unnest((l.new_values ->> 'seals')::int8multirange) AS r WHERE l.operation = 'RETENTION' AND l.row_key IS NULL
    AND l.table_name = 'log';
  SELECT coalesce(range_agg(int8range(a.number, a.number, '[]')), '{}'), coalesce(sum(a.row_count), 0) INTO going, sealed
  FROM ONLY ${s}.seal AS a WHERE a.month = drop_month.month AND NOT a.number <@ gone;
  EXECUTE format(${quoteLiteral(`SELECT count(*) FROM ${escaped(s)}.%I`)}, name) INTO dropped;
  IF dropped <> sealed THEN
    refused := 'unsealed';
    RETURN;
  END IF;
  PERFORM ${s}.write_note(l.schema_name, l.table_name, 'ENABLE', l.new_values || '{"covered": true}') FROM (
    SELECT l.* FROM ${s}.log AS l
    WHERE l.operation = 'ENABLE' AND l.row_key IS NULL AND l.at >= month AND l.at < month + interval '1 month'
      AND NOT EXISTS (
        SELECT FROM ${s}.log AS later
        WHERE later.row_key IS NULL AND later.table_name = l.table_name AND later.schema_name = l.schema_name
          AND later.operation IN ('ENABLE', 'DISABLE') AND later.id > l.id)
    ORDER BY l.id
  ) AS l;
  PERFORM ${s}.write_note((SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = ${quoteLiteral(s)}::regnamespace), 'log', 'RETENTION', jsonb_build_object(
    'month', to_char(month, 'YYYY-MM'), 'rows', dropped, 'kept', kept_months, 'seals', (gone + going)::text));
  PERFORM ${s}.seal_log(NULL);
  DELETE FROM ${s}.seal_mark AS m WHERE m.seal <@ going;
  EXECUTE format(${quoteLiteral(`DROP TABLE ${escaped(s)}.%I`)}, name);
END
`)}`;
}

/** A quoted schema inside a format string. */
function escaped(s: string): string {
  return s.replaceAll('%', '%%');
}
