/** What keeps a table from being audited as it was asked to be. */
import { quoteIdent, type RelationName } from '@tothub/db-catalog';

interface NamedColumn {
  readonly name: string;
  readonly attnum: number;
}

/** A table with triggers of the audit, or a partition below one, as {@link TABLES} reads it. */
export interface TableRow {
  readonly schema: string;
  readonly name: string;
  readonly triggers: Readonly<Record<string, string>> | null;
  readonly config: {
    readonly schema: string;
    readonly table: string;
    readonly partition?: string;
    readonly redact: readonly NamedColumn[];
    readonly exclude: readonly Pick<NamedColumn, 'name'>[];
    readonly ignore: readonly string[];
  } | null;
  readonly root: RelationName | null;
  readonly columns: Readonly<Record<string, number>>;
  /** Of the recording function; null where there is none. */
  readonly recorder: {
    readonly isWriters: boolean;
    readonly isCurrent: boolean;
    readonly isExpected: boolean;
  } | null;
}

/** The problems of one table, in words. */
export function tableProblems(row: TableRow, triggers: Readonly<Record<string, string>>): string[] {
  const { config, recorder } = row;
  const redact = config?.redact ?? [];
  const named = [
    ...redact,
    ...(config?.exclude ?? []),
    ...(config?.ignore ?? []).map((name) => ({ name })),
  ];
  const problems = [
    ...Object.entries(triggers)
      .filter(([, state]) => state !== 'always')
      .map(([operation, state]) => `the ${operation} trigger is ${state}`),
    ...named
      .filter(({ name }) => row.columns[name] === undefined)
      .map(
        ({ name }) =>
          `the column ${quoteIdent(name)} is named to be redacted, excluded or ignored and is gone`,
      ),
    ...redact
      .filter(({ name, attnum }) => (row.columns[name] ?? attnum) !== attnum)
      .map(
        ({ name }) =>
          `the column ${quoteIdent(name)} has changed its place; enable the audit again so that only it is redacted`,
      ),
  ];
  const isRoot = config !== null && config.partition === undefined;
  if (isRoot && (config.schema !== row.schema || config.table !== row.name)) {
    problems.push(
      `it is still recorded as ${quoteIdent(config.schema)}.${quoteIdent(config.table)}; enable the audit again`,
    );
  }
  if (config?.partition !== undefined && row.root === null) {
    problems.push('it was a partition, and is still recorded as one; enable the audit again');
  }
  if (recorder?.isWriters === false)
    problems.push('its recording function does not run as the writer of the log');
  if (recorder && !recorder.isCurrent) {
    // A redacted column that moved or went has been named already.
    if (problems.length === 0)
      problems.push(
        'its columns have changed since; it is recorded slowly and without hashes until the audit is enabled again',
      );
  } else if (recorder?.isExpected === false) {
    problems.push('its recording function is not the one that this version makes');
  }
  return problems;
}

/**
 * Every table with a trigger of ours, and every partition below one; `s` is the quoted schema, $1 its name. What a
 * recording function should be is asked only where the functions that tell it may be called.
 */
export const TABLES = (s: string, mayCheck: boolean): string => `
WITH audited AS (
  SELECT t.tgrelid AS relid, pg_catalog.jsonb_object_agg(t.tgname, t.tgenabled) AS triggers, pg_catalog.min(t.tgfoid) AS recorder,
    -- The only argument, without the zero byte that ends it.
    pg_catalog.min(pg_catalog.convert_from(pg_catalog.substring(t.tgargs, 1, pg_catalog.octet_length(t.tgargs) - 1), pg_catalog.getdatabaseencoding())) AS config
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE n.nspname = $1 AND p.proname LIKE 'record\\_%'
  GROUP BY t.tgrelid
), covered AS (
  SELECT relid FROM audited
  UNION
  SELECT tree.relid FROM audited, pg_catalog.pg_partition_tree(audited.relid) AS tree
  JOIN pg_catalog.pg_class AS c ON c.oid = tree.relid WHERE c.relkind IN ('r', 'p')
)
SELECT n.nspname AS schema, c.relname AS name, a.triggers, a.config::jsonb AS config,
  CASE WHEN c.relispartition THEN
    (SELECT pg_catalog.jsonb_build_object('schema', rn.nspname, 'name', r.relname)
     FROM pg_catalog.pg_class AS r JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
     WHERE r.oid = pg_catalog.pg_partition_root(c.oid)) END AS root,
  (SELECT coalesce(pg_catalog.jsonb_object_agg(at.attname, at.attnum), '{}') FROM pg_catalog.pg_attribute AS at
   WHERE at.attrelid = c.oid AND at.attnum > 0 AND NOT at.attisdropped) AS columns,
  (SELECT pg_catalog.jsonb_build_object(
     'isWriters', p.prosecdef AND pg_catalog.pg_get_userbyid(p.proowner) = pg_catalog.pg_get_userbyid(w.proowner) AND p.proconfig @> ARRAY['search_path=""'],
${
  mayCheck
    ? `     'isCurrent', a.config::jsonb ? 'partition' OR pg_catalog.strpos(p.prosrc, pg_catalog.quote_literal(${s}.signature_of(c.oid))) > 0,
     'isExpected', a.config::jsonb ? 'partition' OR pg_catalog.regexp_replace(p.prosrc, 'is_unchanged\\(\\d+, ', 'is_unchanged(', 'g')
       = pg_catalog.regexp_replace(${s}.recording_function(c.oid, a.config::jsonb), 'is_unchanged\\(\\d+, ', 'is_unchanged(', 'g')`
    : "'isCurrent', true, 'isExpected', true"
})
   FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_proc AS w ON w.pronamespace = p.pronamespace AND w.proname = 'write_note'
   WHERE p.oid = a.recorder) AS recorder
FROM covered
JOIN pg_catalog.pg_class AS c ON c.oid = covered.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN audited AS a ON a.relid = covered.relid
ORDER BY n.nspname, c.relname`;
