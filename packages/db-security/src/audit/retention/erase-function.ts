/**
 * Erasure: the values of given entries go, the proof that they were there stays. The hash of what an entry said is kept
 * in its place, so the seals hold; another salt takes the place of the one that went into it, so that nobody finds a
 * value again by trying. A note, sealed in the same transaction, names the entries and holds a hash of what is left of each.
 */
import { quoteLiteral } from '@tothub/db-catalog';
import { valuesHash } from '../evidence/entry-hash.ts';
import { ERASING_SETTING } from '../recording/guard.ts';

/** `erase_entries(…)`: returns how many entries held something to erase. */
export function eraseFunction(s: string): string {
  const left = (column: string) => `CASE WHEN l.${column} IS NOT NULL THEN coalesce((
      SELECT jsonb_object_agg(e.key, CASE WHEN names IS NULL OR e.key = ANY (names) THEN '{"erased": true}' ELSE e.value END)
      FROM jsonb_each(l.${column}) AS e), '{}') END`;
  const chosen = `SELECT l.id, l.at, ${left('old_values')} AS old_left, ${left('new_values')} AS new_left
      FROM ${s}.log AS l
      WHERE l.id = ANY (entry_ids) AND l.operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')`;
  const isNews = `(l.erased_hash IS NULL OR (erase_key AND coalesce(l.row_key, l.new_key) IS NOT NULL)
      OR l.old_values IS DISTINCT FROM c.old_left OR l.new_values IS DISTINCT FROM c.new_left)`;
  return `CREATE OR REPLACE FUNCTION ${s}.erase_entries(entry_ids bigint[], schema_name text, table_name text, names text[],
  erase_key boolean, reason text, dry_run boolean, OUT erased bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET jit = off AS ${quoteLiteral(`
DECLARE
  remains jsonb;
BEGIN
  IF dry_run THEN
    SELECT count(*) INTO erased FROM (${chosen}) AS c JOIN ${s}.log AS l ON l.id = c.id AND l.at = c.at WHERE ${isNews};
    RETURN;
  END IF;
  LOCK TABLE ${s}.seal IN SHARE ROW EXCLUSIVE MODE;
  PERFORM set_config('${ERASING_SETTING}', pg_current_xact_id()::text, true);
  WITH changed AS (
    UPDATE ${s}.log AS l SET
      erased_hash = coalesce(l.erased_hash, ${valuesHash('l')}),
      salt = gen_random_uuid(),
      row_key = CASE WHEN NOT erase_key THEN l.row_key END,
      new_key = CASE WHEN NOT erase_key THEN l.new_key END,
      old_values = c.old_left,
      new_values = c.new_left
    FROM (${chosen}) AS c WHERE l.id = c.id AND l.at = c.at AND ${isNews}
    RETURNING l.id, ${valuesHash('l')} AS hash
  )
  SELECT count(*), jsonb_object_agg(c.id::text, encode(c.hash, 'hex')) INTO erased, remains FROM changed AS c;
  PERFORM set_config('${ERASING_SETTING}', '', true);
  IF erased > 0 THEN
    PERFORM ${s}.write_note(schema_name, table_name, 'ERASURE', jsonb_build_object(
      'columns', to_jsonb(names), 'key', erase_key, 'reason', reason, 'entries', remains));
    PERFORM ${s}.seal_log(NULL);
  END IF;
END
`)}`;
}
