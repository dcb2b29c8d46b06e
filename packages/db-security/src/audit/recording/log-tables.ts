/**
 * The tables of the audit log: the log itself in monthly partitions, and the seals over its rows.
 *
 * Rows are found by schema, table and key text, never by OID, so that history survives a dump and restore. The months
 * are those of UTC. What falls into no month goes to the default partition: a write never fails for want of a partition.
 */

import { quoteLiteral } from '@tothub/db-catalog';

/** The statements that make the sequence and the two tables; each runs again without harm. */
export function logTables(s: string): string[] {
  return [
    `CREATE SEQUENCE IF NOT EXISTS ${s}.log_id_seq`,
    `CREATE TABLE IF NOT EXISTS ${s}.log (
       id bigint NOT NULL DEFAULT pg_catalog.nextval(CASE WHEN pg_catalog.pg_current_xact_id() IS NOT NULL
         THEN ${quoteLiteral(`${s}.log_id_seq`)}::regclass END), -- the transaction has its number before it draws an id: the seals rely on it
       at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
       transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
       schema_name text COLLATE "C" NOT NULL,
       table_name text COLLATE "C" NOT NULL,
       partition_name text COLLATE "C",
       operation text COLLATE "C" NOT NULL,
       row_key text[] COLLATE "C",
       new_key text[] COLLATE "C",
       old_values jsonb,
       new_values jsonb,
       row_count bigint,
       content_hash bytea,
       salt uuid DEFAULT pg_catalog.gen_random_uuid(),
       erased_hash bytea,
       actor text,
       login_role text NOT NULL,
       set_role text,
       PRIMARY KEY (id, at)
     ) PARTITION BY RANGE (at)`,
    // Of the first two texts of the key: an index of arrays costs a writer twice as much.
    `CREATE INDEX IF NOT EXISTS log_key ON ${s}.log ((row_key[1]), (row_key[2]))`,
    `CREATE INDEX IF NOT EXISTS log_keyless ON ${s}.log (table_name, schema_name) WHERE row_key IS NULL`,
    `CREATE INDEX IF NOT EXISTS log_new_key ON ${s}.log (new_key) WHERE new_key IS NOT NULL`,
    `CREATE TABLE IF NOT EXISTS ${s}.log_default PARTITION OF ${s}.log DEFAULT`,
    `CREATE TABLE IF NOT EXISTS ${s}.seal (
       number bigint PRIMARY KEY,
       sealed_at timestamptz NOT NULL,
       month date NOT NULL,
       ids int8multirange NOT NULL,
       row_count bigint NOT NULL,
       rows_hash bytea NOT NULL,
       chain_hash bytea NOT NULL,
       low_id bigint NOT NULL,
       last_id bigint NOT NULL,
       next_xid xid8 NOT NULL
     )`,
  ];
}

/** The triggers that refuse everything but new rows from the trigger functions' owner. */
export const guards = [
  ['guard_insert', 'INSERT'],
  ['guard_update', 'UPDATE'],
  ['guard_delete', 'DELETE'],
  ['guard_truncate', 'TRUNCATE'],
] as const;

/**
 * `add_partitions()`: makes the partitions of this month and the next two, and puts the guards on the log and every
 * partition that lacks one. A month whose rows stand in the default partition already stays there.
 */
export function partitionsFunction(s: string): string {
  const log = quoteLiteral(`${s}.log`);
  const guardLog = `${s}.guard_log()`;
  const putGuards = guards.map(
    ([name, event]) => `
    EXECUTE pg_catalog.format(${quoteLiteral(`CREATE OR REPLACE TRIGGER ${name} BEFORE ${event} ON %1$s FOR EACH STATEMENT${event === 'INSERT' ? ' WHEN (current_user <> %2$L)' : ''} EXECUTE FUNCTION ${guardLog.replaceAll('%', '%%')}`)}, member, writer);
    EXECUTE pg_catalog.format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER ${name}', member);`,
  );
  return `CREATE OR REPLACE FUNCTION ${s}.add_partitions() RETURNS void
LANGUAGE plpgsql SET search_path = '' SET TimeZone = 'UTC' SET lock_timeout = '500ms' AS ${quoteLiteral(`
DECLARE
  month timestamptz;
  month_end timestamptz;
  name text;
  member regclass;
  -- Asked by the trigger itself, the question costs a write next to nothing.
  writer CONSTANT text := ${s}.writer();
BEGIN
  FOR month IN
    SELECT pg_catalog.date_trunc('month', pg_catalog.now()) + pg_catalog.make_interval(months => n)
    FROM pg_catalog.generate_series(0, 2) AS n
  LOOP
    month_end := month + pg_catalog.make_interval(months => 1);
    name := 'log_' || pg_catalog.to_char(month, 'YYYY_MM');
    CONTINUE WHEN EXISTS (
        SELECT FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = ${log}::regclass AND c.relname = name)
      OR EXISTS (SELECT FROM ${s}.log_default AS l WHERE l.at >= month AND l.at < month_end);
    EXECUTE pg_catalog.format(${quoteLiteral(`CREATE TABLE ${s.replaceAll('%', '%%')}.%I PARTITION OF ${s.replaceAll('%', '%%')}.log FOR VALUES FROM (%L) TO (%L)`)},
      name, month, month_end);
    -- Default privileges may open what is new to everybody.
    EXECUTE pg_catalog.format(${quoteLiteral(`REVOKE ALL ON ${s.replaceAll('%', '%%')}.%I FROM PUBLIC`)}, name);
  END LOOP;
  FOR member IN
    SELECT tree.relid FROM pg_catalog.pg_partition_tree(${log}) AS tree
    WHERE (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger AS t
           WHERE t.tgrelid = tree.relid AND t.tgenabled = 'A' AND t.tgfoid = ${quoteLiteral(guardLog)}::regprocedure
             AND CASE t.tgname WHEN 'guard_insert' THEN pg_catalog.strpos(pg_catalog.pg_get_triggerdef(t.oid), pg_catalog.quote_literal(writer)) > 0 ELSE t.tgqual IS NULL END) < ${guards.length}
  LOOP${putGuards.join('')}
  END LOOP;
END
`)}`;
}

export const logComments = {
  transaction_id:
    'The transaction that made the change. Order rows by it and by id, not by time alone.',
  partition_name: 'schema.table of the partition, where one was written to directly.',
  operation:
    'INSERT, UPDATE, DELETE, TRUNCATE; or a note: ENABLE, DISABLE, RENAME, RETENTION, ERASURE.',
  row_key:
    'Texts of the primary key before the change (after it for INSERT), in the order of the key; null where there is no key. Ask for row_key[1] too: the index is on it.',
  new_key: 'Texts of the primary key after an UPDATE that changed it.',
  old_values: 'Values before, as PostgreSQL prints them; of an UPDATE only those that changed.',
  new_values:
    'Values after. JSON null is SQL NULL; an object stands for a value that is redacted, too large or erased. Of a note: what it says.',
  row_count: 'Of a TRUNCATE: how many rows there were; null where the log may not count them.',
  content_hash: 'SHA-256 of the salt and the whole row after the change.',
  salt: 'Keeps hashes from being guessed. Another once values are erased.',
  erased_hash: 'Stands for the values in the seals once they are erased.',
  actor: "Who the application said did it: set_config('audit.actor', …, true). A claim.",
  login_role: 'session_user: who was logged in.',
  set_role: 'The role set by SET ROLE, if any.',
};
