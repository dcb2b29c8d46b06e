import { type Queryable, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { withoutValues } from '../errors.ts';
import { auditTriggers } from './enable-function.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from './install-audit.ts';
import { recordBody } from './record-function.ts';
import { guards } from './recording/log-tables.ts';

/** The operations that are audited. */
export type AuditOperation = 'insert' | 'update' | 'delete' | 'truncate';

/** When a trigger fires: always, only outside replica mode, only within it, never, or it is not there. */
export type TriggerState = 'always' | 'origin' | 'replica' | 'disabled' | 'missing';

/** How one table is audited. */
export interface AuditedTable extends RelationName {
  /** The partitioned table through which this partition is audited. */
  readonly partitionOf?: RelationName;
  readonly triggers: Readonly<Record<AuditOperation, TriggerState>>;
  readonly redact: readonly string[];
  readonly exclude: readonly string[];
  /** What keeps the table from being audited as it was asked to be. Empty when all is well. */
  readonly problems: readonly string[];
}

/** The state of the audit log and of every table that has, or should have, its triggers. */
export interface AuditStatus {
  readonly installed: boolean;
  /** What is wrong with the log, its guards or its trigger function. */
  readonly problems: readonly string[];
  readonly tables: readonly AuditedTable[];
}

/**
 * Reports what is audited, and what only seems to be: triggers that are missing or switched off, columns that
 * were named and are gone, partitions without triggers, guards that are off, a trigger function that was changed.
 *
 * @throws {StatementError} when PostgreSQL refuses.
 */
export async function auditStatus(db: Queryable, options: AuditOptions = {}): Promise<AuditStatus> {
  const schema = options.schema ?? DEFAULT_AUDIT_SCHEMA;
  try {
    const log = await readLog(db, schema);
    if (log === undefined) return { installed: false, problems: [], tables: [] };
    const { rows } = await db.query(TABLES, [schema]);
    const tables = (rows as TableRow[]).map(toAuditedTable);
    return { installed: true, problems: logProblems(log, schema), tables };
  } catch (error) {
    throw withoutValues(error, `Reading the state of the audit in schema ${quoteIdent(schema)}`);
  }
}

interface LogRow {
  readonly body: string;
  readonly isDefiner: boolean;
  readonly isSameOwner: boolean;
  readonly settings: readonly string[] | null;
  readonly guards: Readonly<Record<string, string>>;
}

async function readLog(db: Queryable, schema: string): Promise<LogRow | undefined> {
  const { rows } = await db.query(
    `SELECT p.prosrc AS body, p.prosecdef AS "isDefiner", p.proowner = c.relowner AS "isSameOwner", p.proconfig AS settings,
       (SELECT coalesce(pg_catalog.jsonb_object_agg(t.tgname, t.tgenabled), '{}')
        FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid) AS guards
     FROM pg_catalog.pg_namespace AS n
     JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'log'
     JOIN pg_catalog.pg_proc AS p ON p.pronamespace = n.oid AND p.proname = 'record_change'
     WHERE n.nspname = $1`,
    [schema],
  );
  return rows[0] as LogRow | undefined;
}

function logProblems(log: LogRow, schema: string): string[] {
  const problems = guards
    .filter(([name]) => log.guards[name] !== 'A')
    .map(([name]) => `the trigger ${name} of the log is missing or not enabled always`);
  const isPinned = log.settings?.includes('search_path=""') === true;
  if (log.body !== recordBody(schema) || !log.isDefiner || !log.isSameOwner || !isPinned) {
    problems.push('the trigger function is not the one that this version installs');
  }
  return problems;
}

/** Every table with a trigger of ours, and every partition below one. */
const TABLES = `
WITH audited AS (
  SELECT t.tgrelid AS relid, pg_catalog.jsonb_object_agg(t.tgname, t.tgenabled) AS triggers,
    -- The only argument, without the zero byte that ends it.
    pg_catalog.min(pg_catalog.convert_from(pg_catalog.substring(t.tgargs, 1, pg_catalog.octet_length(t.tgargs) - 1), pg_catalog.getdatabaseencoding())) AS config
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE n.nspname = $1 AND p.proname = 'record_change'
  GROUP BY t.tgrelid
), covered AS (
  SELECT relid FROM audited
  UNION
  SELECT tree.relid FROM audited, pg_catalog.pg_partition_tree(audited.relid) AS tree
)
SELECT n.nspname AS schema, c.relname AS name, a.triggers, a.config::jsonb AS config,
  CASE WHEN c.relispartition THEN
    (SELECT pg_catalog.jsonb_build_object('schema', rn.nspname, 'name', r.relname)
     FROM pg_catalog.pg_class AS r JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
     WHERE r.oid = pg_catalog.pg_partition_root(c.oid)) END AS root,
  (SELECT coalesce(pg_catalog.jsonb_object_agg(at.attname, at.attnum), '{}') FROM pg_catalog.pg_attribute AS at
   WHERE at.attrelid = c.oid AND at.attnum > 0 AND NOT at.attisdropped) AS columns
FROM covered
JOIN pg_catalog.pg_class AS c ON c.oid = covered.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN audited AS a ON a.relid = covered.relid
ORDER BY n.nspname, c.relname`;

interface NamedColumn {
  readonly name: string;
  readonly attnum: number;
}

interface TableRow {
  readonly schema: string;
  readonly name: string;
  readonly triggers: Readonly<Record<string, string>> | null;
  readonly config: {
    readonly asRoot: boolean;
    readonly redact: readonly NamedColumn[];
    readonly exclude: readonly Pick<NamedColumn, 'name'>[];
  } | null;
  readonly root: RelationName | null;
  readonly columns: Readonly<Record<string, number>>;
}

const states: Readonly<Record<string, TriggerState>> = {
  A: 'always',
  O: 'origin',
  R: 'replica',
  D: 'disabled',
};

function toAuditedTable(row: TableRow): AuditedTable {
  const operations = Object.keys(auditTriggers) as AuditOperation[];
  const triggers = Object.fromEntries(
    operations.map((operation) => {
      const state = row.triggers?.[auditTriggers[operation]];
      return [operation, state === undefined ? 'missing' : (states[state] ?? 'missing')];
    }),
  ) as Record<AuditOperation, TriggerState>;
  const redact = row.config?.redact ?? [];
  const exclude = row.config?.exclude ?? [];
  const problems = [
    ...operations
      .filter((operation) => triggers[operation] !== 'always')
      .map((operation) => `the ${operation} trigger is ${triggers[operation]}`),
    ...[...redact, ...exclude]
      .filter(({ name }) => row.columns[name] === undefined)
      .map(
        ({ name }) =>
          `the column ${quoteIdent(name)} is named to be redacted or excluded and is gone`,
      ),
    ...redact
      .filter(({ name, attnum }) => (row.columns[name] ?? attnum) !== attnum)
      .map(
        ({ name }) =>
          `the column ${quoteIdent(name)} has changed its place; enable the audit again so that only it is redacted`,
      ),
  ];
  return {
    schema: row.schema,
    name: row.name,
    ...(row.root !== null && row.config?.asRoot !== false ? { partitionOf: row.root } : {}),
    triggers,
    redact: redact.map(({ name }) => name),
    exclude: exclude.map(({ name }) => name),
    problems,
  };
}
