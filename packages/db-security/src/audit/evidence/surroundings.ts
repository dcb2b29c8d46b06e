import { type Queryable, quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { AuditEvidenceError } from '../../errors.ts';
import type { AuditProblem } from './problem.ts';

/** What is true of the log before any hash is looked at. */
export interface Surroundings {
  readonly problems: readonly AuditProblem[];
  /** Ids up to here are over: what is not sealed among them was not written by a trigger. */
  readonly lowId: string;
  /** How many entries the seals cover, dropped ones included. */
  readonly sealedTotal: number;
}

/**
 * Looks whether the names lead to the tables that hold the log, whole and unfiltered.
 *
 * @throws {AuditEvidenceError} when the session would take functions from elsewhere than PostgreSQL's own schema.
 */
export async function readSurroundings(db: Queryable, schema: string): Promise<Surroundings> {
  const { rows } = await db.query(SURROUNDINGS, [
    schema,
    `${quoteIdent(schema)}.log`,
    `${quoteIdent(schema)}.seal`,
    `${quoteIdent(schema)}.log_id_seq`,
  ]);
  const found = rows[0] as SurroundingsRow;
  // Compared here: there, even the equals sign may be somebody else's.
  if (found.schemas.find((name) => !name.startsWith('pg_temp')) !== 'pg_catalog') {
    throw new AuditEvidenceError(
      'The search_path of this session puts another schema before pg_catalog, so its functions cannot be relied on. ' +
        'Take pg_catalog out of the search_path (it is then searched first) and verify again.',
    );
  }
  const { head, drawn } = await readHead(db, schema, found.maySequence);
  const problems: AuditProblem[] = found.oddities.map((oddity) => ({
    kind: 'log-replaced',
    message: `${oddity}. Look at who changed the schema ${quoteIdent(schema)}, and restore it from a backup.`,
  }));
  if (drawn !== undefined && head !== undefined && drawn < BigInt(head.lastId)) {
    problems.push({
      kind: 'sequence-set-back',
      message:
        `The sequence of ids stands at ${drawn}, and ${head.lastId} was drawn from it before. ` +
        'Find out who set it back, and set it above that id: new entries cannot be sealed until then.',
    });
  }
  return { problems, lowId: head?.lowId ?? '0', sealedTotal: head?.total ?? 0 };
}

async function readHead(db: Queryable, schema: string, maySequence: boolean) {
  const s = quoteIdent(schema);
  const sequence = maySequence
    ? `(SELECT CASE WHEN q.is_called THEN q.last_value ELSE 0 END FROM ${s}.log_id_seq AS q)::text`
    : 'NULL';
  // The sequence is read after the seals: it only ever grows.
  const heads = await db.query(
    `SELECT low_id::text AS "lowId", last_id::text AS "lastId", (SELECT sum(row_count) FROM ONLY ${s}.seal)::float8 AS total
     FROM ONLY ${s}.seal ORDER BY number DESC LIMIT 1`,
  );
  const sequences = await db.query(`SELECT ${sequence} AS drawn`);
  const { drawn } = sequences.rows[0] as { drawn: string | null };
  return {
    head: heads.rows[0] as { lowId: string; lastId: string; total: number } | undefined,
    drawn: drawn === null ? undefined : BigInt(drawn),
  };
}

interface SurroundingsRow {
  readonly schemas: readonly string[];
  readonly oddities: readonly string[];
  readonly maySequence: boolean;
}

const ODDITIES = [
  ["log.relkind <> 'p'", "'The log is not a partitioned table'"],
  ["seal.relkind <> 'r'", "'The seals are not a table'"],
  [
    'log.relrowsecurity OR seal.relrowsecurity OR EXISTS (SELECT FROM members WHERE relrowsecurity)',
    "'Row-level security hides entries or seals'",
  ],
  [
    'EXISTS (SELECT FROM pg_rewrite AS w WHERE w.ev_class IN (log.oid, seal.oid))',
    "'A rule rewrites what is asked of the log or the seals'",
  ],
  [
    "EXISTS (SELECT FROM members WHERE relkind <> 'r' AND oid <> log.oid)",
    "'A partition of the log is not a table'",
  ],
  [
    "NOT EXISTS (SELECT FROM members WHERE relname = 'log_default')",
    "'The default partition is not part of the log'",
  ],
] as const;

const SURROUNDINGS = `SELECT current_schemas(true)::text[] AS schemas,
  CASE WHEN to_regclass($4::text) IS NULL THEN false ELSE has_sequence_privilege(to_regclass($4::text), 'SELECT') END AS "maySequence",
  ARRAY(
    WITH members AS (
      SELECT c.oid, c.relname, c.relkind, c.relrowsecurity
      FROM pg_partition_tree(to_regclass($2::text)) AS tree JOIN pg_class AS c ON c.oid = tree.relid
    )
    ${ODDITIES.map(
      ([condition, text]) => `SELECT ${text} FROM pg_class AS log, pg_class AS seal
    WHERE log.oid = to_regclass($2::text) AND seal.oid = to_regclass($3::text) AND (${condition})`,
    ).join('\n    UNION ALL ')}
    UNION ALL SELECT 'The table ' || quote_ident(c.relname) || ' looks like a partition of the log and is none'
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1::text AND c.relname ~ ${quoteLiteral('^log_[0-9]{4}_[0-9]{2}$')} AND c.relkind = 'r'
      AND NOT EXISTS (SELECT FROM members AS m WHERE m.oid = c.oid)
  ) AS oddities`;
