/**
 * Sealing: one transaction that puts a number and a hash on entries of the log, chained to the seal before.
 *
 * Writers never wait for it: it takes one lock, on the table of seals, which only sealing, erasure and retention take.
 * So entries are sealed in the order in which they become visible, not in that of their ids: a seal lists the ids it
 * covers, and a late commit falls into a later seal.
 */
import { quoteLiteral } from '@tothub/db-catalog';
import { chainHash, entryHash, entryMarks, monthOf, rowsHash } from './entry-hash.ts';

/** The setting that `seal_log` sets to the number of its transaction while it inserts. Useless to anybody but the owner. */
const SEALING_SETTING = 'audit.sealing';

const SEALS_GUARD = 'guard_seal';

/** `guard_seal()` and its trigger: seals come from `seal_log` alone, and stay. And the table of their marks. */
export function sealGuard(s: string): string[] {
  return [
    `CREATE OR REPLACE FUNCTION ${s}.${SEALS_GUARD}() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $guard$
BEGIN
  IF TG_OP = 'INSERT'
    AND current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = TG_RELID)
    AND current_setting('${SEALING_SETTING}', true) = pg_current_xact_id()::text
  THEN
    RETURN NULL;
  END IF;
  RAISE insufficient_privilege USING
    MESSAGE = 'The seals of the audit log are made by seal_log() alone: ' || TG_OP || ' is refused.';
END
$guard$`,
    `CREATE OR REPLACE TRIGGER ${SEALS_GUARD} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${s}.seal
       FOR EACH STATEMENT EXECUTE FUNCTION ${s}.${SEALS_GUARD}()`,
    `ALTER TABLE ${s}.seal ENABLE ALWAYS TRIGGER ${SEALS_GUARD}`,
    `CREATE INDEX IF NOT EXISTS seal_last_id ON ${s}.seal (last_id)`,
    // No evidence, only a pointer: when a seal no longer fits, its marks tell which entry it is.
    `CREATE TABLE IF NOT EXISTS ${s}.seal_mark (seal bigint PRIMARY KEY, marks bytea NOT NULL)`,
    `ALTER TABLE ${s}.seal_mark ALTER COLUMN marks SET STORAGE EXTERNAL`,
  ];
}

/**
 * `seal_log(limit)`: seals at most so many entries, one seal a month, and returns how many seals and entries that made.
 *
 * A session that seals for days plans anew each time: a plan made for an empty month would read a full one range by range.
 *
 * An id is drawn after its transaction got its number. So once every transaction older than a sealer's is over, no id
 * that had been drawn before that sealer began can still appear: those ids lie at or below `low_id`, and whatever turns
 * up there later was not written by a trigger.
 */
export function sealFunction(s: string): string {
  const log = `${s}.log`;
  const seal = `${s}.seal`;
  return `CREATE OR REPLACE FUNCTION ${s}.seal_log(row_limit bigint, OUT seals bigint, OUT entries bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET jit = off SET plan_cache_mode = force_custom_plan AS ${quoteLiteral(`
DECLARE
  head ${seal};
  made ${seal};
  drawn bigint;
  own xid8;
  low bigint;
  todo int8multirange;
  total bigint;
  marks bytea;
BEGIN
  seals := 0;
  entries := 0;
  LOCK TABLE ${seal} IN SHARE ROW EXCLUSIVE MODE;
  SELECT s.* INTO head FROM ONLY ${seal} AS s ORDER BY s.number DESC LIMIT 1;
  -- First the ids, then a number of our own: it is above those of all who have drawn one of these ids.
  own := pg_current_xact_id_if_assigned();
  SELECT CASE WHEN q.is_called THEN q.last_value ELSE 0 END INTO drawn FROM ${s}.log_id_seq AS q;
  -- With a number from before, nothing is known of the others: this seal will never raise the low-water mark.
  own := CASE WHEN own IS NULL THEN pg_current_xact_id() ELSE '18446744073709551615'::xid8 END;
  IF drawn < head.last_id THEN
    RAISE object_not_in_prerequisite_state USING MESSAGE = 'The sequence of the audit log was set back.';
  END IF;
  SELECT greatest(head.low_id, max(s.last_id), 0) INTO low FROM ONLY ${seal} AS s
  WHERE s.last_id > head.low_id AND s.next_xid <= pg_snapshot_xmin(pg_current_snapshot());
  SELECT int8multirange(int8range(coalesce(head.low_id, 0), drawn, '(]')) - coalesce(range_agg(r), '{}') INTO todo
  FROM ONLY ${seal} AS s, unnest(s.ids) AS r WHERE s.last_id > head.low_id;

  PERFORM set_config('${SEALING_SETTING}', pg_current_xact_id()::text, true);
  made.number := coalesce(head.number, 0);
  made.chain_hash := head.chain_hash;
  made.last_id := drawn;
  made.next_xid := own;
  FOR made.month, made.ids, made.row_count, made.rows_hash, marks, total IN
    WITH batch AS (
      SELECT e.* FROM unnest(todo) AS r CROSS JOIN LATERAL (
        SELECT l.id, l.at, ${monthOf('l')} AS month, ${entryHash('l')} AS hash FROM ${log} AS l
        WHERE l.id >= lower(r) AND l.id < upper(r) AND isfinite(l.at) ORDER BY l.id LIMIT row_limit
      ) AS e LIMIT row_limit
    )
    SELECT b.month, range_agg(int8range(b.id, b.id, '[]')), count(*), ${rowsHash('b.hash', 'b.id, b.at')}, ${entryMarks('b.hash', 'b.id, b.at')}, sum(count(*)) OVER ()
    FROM batch AS b GROUP BY b.month
    UNION ALL
    -- Nothing new, but more ids than before are known to be over: an empty seal says so, once.
    SELECT ${monthOf('now')}, '{}', 0, sha256(''), NULL, 0 FROM (SELECT clock_timestamp() AS at) AS now
    WHERE low > head.low_id AND NOT EXISTS (SELECT FROM batch)
    ORDER BY 1
  LOOP
    made.number := made.number + 1;
    made.sealed_at := clock_timestamp();
    -- A full batch may have left some behind.
    made.low_id := CASE WHEN total >= row_limit THEN coalesce(head.low_id, 0) ELSE low END;
    made.chain_hash := ${chainHash('made', 'made.chain_hash')};
    INSERT INTO ${seal} VALUES (made.*);
    INSERT INTO ${s}.seal_mark SELECT made.number, marks WHERE marks IS NOT NULL;
    seals := seals + 1;
    entries := entries + made.row_count;
  END LOOP;
  PERFORM set_config('${SEALING_SETTING}', '', true);
  -- An anchor that left the house must not name a seal that a crash takes back.
  IF seals > 0 AND current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
END
`)}`;
}
